"""Reads a letter with Python's email package, a MIME parser of another hand, and prints what it
found as JSON: decoded header fields, leaf parts in order, and every defect.

    eml.py FILE
"""
import base64
import json
import sys
from email import policy
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.utils import getaddresses


def part_of(part):
    body = part.get_payload(decode=True) or b""
    found = {"type": part.get_content_type(), "charset": part.get_content_charset(),
             "encoding": part.get("Content-Transfer-Encoding"), "filename": part.get_filename(),
             "disposition": part.get_content_disposition(), "parameters": str(part["Content-Type"]),
             "base64": base64.b64encode(body).decode()}
    if part.get_content_maintype() == "text":
        found["text"] = part.get_content()
    return found


def people(values):
    """By the older of the package's two parsers: the newer one (Python 3.11) puts spaces between
    the encoded words of a name."""
    return [{"name": str(make_header(decode_header(name))), "address": address}
            for name, address in getaddresses(values)]


def main(path):
    with open(path, "rb") as file:
        data = file.read()
    letter = BytesParser(policy=policy.SMTP).parsebytes(data)
    defects = [repr(each) for part in letter.walk() for each in part.defects]
    for name in letter.keys():
        defects += [f"{name}: {each!r}" for each in letter[name].defects]
    older = BytesParser(policy=policy.compat32).parsebytes(data, headersonly=True)
    lines = data.split(b"\r\n")
    json.dump({
        "headers": {name.lower(): str(value) for name, value in letter.items()},
        "names": [name.lower() for name in letter.keys()],
        "from": people(older.get_all("From")), "to": people(older.get_all("To")),
        "time": letter["Date"].datetime.timestamp(),
        "shape": [part.get_content_type() for part in letter.walk()],
        "parts": [part_of(part) for part in letter.walk() if not part.is_multipart()],
        "defects": defects,
        "longest": max(len(line) for line in lines),
        "bare": any(b"\n" in line or b"\r" in line for line in lines),
    }, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
