import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import verify  # noqa: E402

requests = json.load(sys.stdin)
print(json.dumps([getattr(verify, r["profile"])(r["body"].encode(), r["headers"], r["secret"]) for r in requests]))
