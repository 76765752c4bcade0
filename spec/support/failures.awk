# What failed in a report of spec/job (-v kind=c, lua, stress or browser): each name on a line, below it,
# indented, the first lines of what was said of it.
BEGIN { LINES = 12 }

function name(text) {
    taken = seen[text]++ ? LINES : 0
    if (taken == 0) print text
}

function take(text) {
    if (text !~ /^ *$/ && taken++ < LINES) print "    " text
}

# cmocka tells what was wrong between the beginning and the end of a test, behind what else was printed.
kind == "c" && /^\[ RUN      \] / { said = erred = 0; next }
kind == "c" && /^\[  ERROR   \] / && !erred++ { said = 0 }
kind == "c" && /^\[  FAILED  \] [A-Za-z_][A-Za-z_0-9]*$/ {
    name($4)
    for (i = 1; i <= said; i++) take(lines[i])
    said = 0
}
kind == "c" { lines[++said] = $0 }

# busted tells it at the end, below the name.
kind ~ /lua|stress/ && /^(Failure|Error|Pending) -> / {
    within = !/^Pending/
    if (within) { getline; name($0) }
    next
}
kind ~ /lua|stress/ && within { take($0) }

kind == "browser" && /^not ok / { name(substr($0, 8)); within = 1; next }
kind == "browser" && !/^    / { within = 0 }
kind == "browser" && within { take(substr($0, 5)) }
