#!/bin/sh
# Prints a private JWK set whose first key is a new one of curve P-256, for TALLY_TOKEN_KEYS. It needs openssl.
#
#   new-key.sh > entitlement.jwks.json                          the first key
#   new-key.sh entitlement.jwks.json > next.jwks.json           a new key, and after it those of a set that this has printed
set -eu
umask 077

key=$(mktemp)
trap 'rm -f "$key"' EXIT
# The file of such a key (RFC 5915) always has the same layout: the private number is at byte 7, the point at byte 57.
openssl ecparam -name prime256v1 -genkey -noout -outform DER -out "$key"
[ "$(wc -c < "$key")" -eq 121 ] || { echo "openssl has written another format than expected." >&2; exit 1; }

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
part() { tail -c +"$1" "$key" | head -c 32 | base64url; }

d=$(part 8)
x=$(part 58)
y=$(part 90)
# The id is the key's thumbprint (RFC 7638).
kid=$(printf '{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}' "$x" "$y" | openssl dgst -sha256 -binary | base64url)

older=""
if [ $# -gt 0 ]; then older=",$(sed -e 's/^{"keys":\[//' -e 's/\]}$//' "$1")"; fi
printf '{"keys":[{"kty":"EC","use":"sig","alg":"ES256","crv":"P-256","kid":"%s","x":"%s","y":"%s","d":"%s"}%s]}\n' \
    "$kid" "$x" "$y" "$d" "$older"
