"""A command for gdb: `lua-stack` prints the Lua stack of a running program or of a core.

    gdb -x spec/support/lua_stack.py build/debug/timecapsule core
    (gdb) lua-stack            the states that this thread's frames know, the innermost first
    (gdb) lua-stack EXPR       the state that the expression points to
    (gdb) thread apply all -s lua-stack

Debian's liblua has no debugging information, so the few structures that are walked are read by
their places in Lua 5.4.3 to 5.4.6 on 64-bit machines.
"""

import gdb

POINTER = 8
STATE_CI = 32
CI_FUNC, CI_PREVIOUS, CI_SAVEDPC = 0, 16, 32
CLOSURE_PROTO, CLOSURE_FUNCTION, CLOSURE_UPVALUE = 24, 24, 32
PROTO_LINEINFO_SIZE, PROTO_ABSLINES, PROTO_LINE = 28, 40, 44
PROTO_CODE, PROTO_LINEINFO, PROTO_ABSLINEINFO, PROTO_SOURCE = 64, 88, 96, 112
STRING_TEXT, VALUE_SIZE = 24, 16
BINDING, BINDING_NAME = "checked_call", 1  # core/bind/bind.c: its upvalue with the full name
LUA_FUNCTION, LIGHT_FUNCTION, C_FUNCTION = 0x06, 0x16, 0x26  # without the mark of collectables
ABSOLUTE_LINE = -128
MOST = 200


def read(address, size, signed=False):
    data = gdb.selected_inferior().read_memory(address, size)
    return int.from_bytes(bytes(data), "little", signed=signed)


def pointer(address):
    return read(address, POINTER)


def integer(address):
    return read(address, 4, signed=True)


def line_of(proto, place):
    """The line of the instruction at that place in the function's code."""
    deltas, line = pointer(proto + PROTO_LINEINFO), integer(proto + PROTO_LINE)
    if deltas == 0 or place >= integer(proto + PROTO_LINEINFO_SIZE):
        return "?"
    absolute = pointer(proto + PROTO_ABSLINEINFO)
    known = {
        integer(absolute + 8 * i): integer(absolute + 8 * i + 4)
        for i in range(integer(proto + PROTO_ABSLINES))
    }
    for i in range(place + 1):
        delta = read(deltas + i, 1, signed=True)
        line = known[i] if delta == ABSOLUTE_LINE else line + delta
    return line


def lua_function(closure, call):
    proto = pointer(closure + CLOSURE_PROTO)
    name = text_of(pointer(proto + PROTO_SOURCE)).lstrip("@=")
    place = (pointer(call + CI_SAVEDPC) - pointer(proto + PROTO_CODE)) // 4 - 1
    line = line_of(proto, max(place, 0))
    return f"{name}:{line}: in function <{name}:{integer(proto + PROTO_LINE)}>"


def text_of(string):
    return gdb.Value(string + STRING_TEXT).cast(gdb.lookup_type("char").pointer()).string()


def c_function(value, kind):
    light = kind == LIGHT_FUNCTION
    address = value if light else pointer(value + CLOSURE_FUNCTION)
    symbol = gdb.execute(f"info symbol {address}", to_string=True).split(" in section")[0].strip()
    if symbol == BINDING and not light:  # one of ours: by what scripts call it
        return "[C]: in " + text_of(pointer(value + CLOSURE_UPVALUE + VALUE_SIZE * BINDING_NAME))
    return "[C]" if symbol.startswith("No symbol") else "[C]: in " + symbol


def print_stack(state):
    call, count = pointer(state + STATE_CI), 0
    while call != 0 and count < MOST:
        func, count = pointer(call + CI_FUNC), count + 1
        value, kind = pointer(func), read(func + 8, 1) & 0x3F
        if kind == LUA_FUNCTION:
            print("  " + lua_function(value, call))
        elif kind in (LIGHT_FUNCTION, C_FUNCTION):
            print("  " + c_function(value, kind))
        call = pointer(call + CI_PREVIOUS)


def value_of(frame, name):
    try:
        value = frame.read_var(name)
        return None if value.is_optimized_out else value
    except (ValueError, gdb.error):
        return None


def states_of(frame):
    """The coroutines of the task that the frame knows of, the innermost first; else its L."""
    task = value_of(frame, "task")
    if task is not None and str(task.type.unqualified()) == "struct task *" and int(task) != 0:
        depth = int(task["depth"])
        return [int(task["chain"][i]) for i in range(depth - 1, -1, -1)] or [int(task["thread"])]
    state = value_of(frame, "L")
    return [int(state)] if state is not None and str(state.type) == "lua_State *" else []


def states_of_thread():
    """Of the nearest frame that knows a task; else of the nearest that knows any."""
    frame, nearest = gdb.newest_frame(), []
    while frame is not None:
        states = states_of(frame)
        if states and value_of(frame, "task") is not None:
            return states
        nearest = nearest or states
        frame = frame.older()
    return nearest


class LuaStack(gdb.Command):
    """Print the Lua stack: lua-stack [EXPRESSION that is a lua_State *]"""

    def __init__(self):
        super().__init__("lua-stack", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if argument:
            print_stack(int(gdb.parse_and_eval(argument)))
            return
        states = states_of_thread()
        if not states:
            raise gdb.GdbError("no frame of this thread knows a Lua state: lua-stack EXPR")
        for i, state in enumerate(states):
            print(f"{'resumed by ' if i > 0 else ''}(lua_State *) {state:#x}")
            print_stack(state)


LuaStack()
