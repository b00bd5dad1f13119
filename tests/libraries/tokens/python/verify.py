import json
import sys
import urllib.request

import jwt

issuer, audience = sys.argv[1:]
with urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration") as answer:
    metadata = json.load(answer)
assert metadata["issuer"] == issuer, metadata
# Without the library's cooldown of 30 seconds, an unknown key is fetched at once.
keys = jwt.PyJWKClient(metadata["jwks_uri"], cooldown_duration=0)

print("ready", flush=True)
for line in sys.stdin:
    token = line.strip()
    try:
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, algorithms=["ES256"], audience=audience, issuer=issuer)
        print("ok", claims["sub"], flush=True)
    except jwt.PyJWTError as error:
        print("refused", type(error).__name__, flush=True)
