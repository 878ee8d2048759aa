#!/bin/sh
# Makes and rotates private JWK sets of P-256 keys, for TALLY_TOKEN_KEYS. The first key of a set signs, and all are published.
# It prints the new set, and needs openssl.
#
#   keys.sh              a set with one new key
#   keys.sh add SET      the set with a new key behind the others: published, and not used yet
#   keys.sh use SET      the set with its last key put first: from now on that one signs
set -eu
umask 077

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
part() { tail -c +"$1" "$key" | head -c 32 | base64url; }

new_key() {
    key=$(mktemp)
    trap 'rm -f "$key"' EXIT
    # The file of such a key (RFC 5915) always has the same layout: the private number is at byte 7, the point at byte 57.
    openssl ecparam -name prime256v1 -genkey -noout -outform DER -out "$key"
    [ "$(wc -c < "$key")" -eq 121 ] || { echo "openssl has written another format than expected." >&2; exit 1; }
    d=$(part 8) x=$(part 58) y=$(part 90)
    # The id is the key's thumbprint (RFC 7638).
    kid=$(printf '{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}' "$x" "$y" | openssl dgst -sha256 -binary | base64url)
    printf '{"kty":"EC","use":"sig","alg":"ES256","crv":"P-256","kid":"%s","x":"%s","y":"%s","d":"%s"}' "$kid" "$x" "$y" "$d"
}

case "${1:-}" in
    "")
        new=$(new_key)
        printf '{"keys":[%s]}\n' "$new"
        ;;
    add)
        new=$(new_key)
        printf '%s,%s]}\n' "$(sed 's/\]}$//' "$2")" "$new"
        ;;
    use) sed -E 's/^\{"keys":\[(.*\}),(\{[^{}]*\})\]\}$/{"keys":[\2,\1]}/' "$2" ;;
    *) echo "usage: keys.sh | keys.sh add SET | keys.sh use SET" >&2; exit 2 ;;
esac
