# Starts the server of the image as its first process, so that it gets the signals of docker stop.
set -eu

security=/output/tally/resources/security
mkdir -p /output/tmp "$security"

# The certificate for HTTPS: a PKCS #12 file of the deployment, whose password is in keystore_password. Without one, Liberty
# makes a self-signed certificate, with a password that is made here and kept beside it.
if [ -n "${TALLY_TLS_KEYSTORE:-}" ]; then
    if [ -z "${keystore_password:-}" ]; then
        echo "TALLY_TLS_KEYSTORE is set: set keystore_password to its password." >&2
        exit 1
    fi
    (umask 077 && cp -f "$TALLY_TLS_KEYSTORE" "$security/key.p12")
elif [ -z "${keystore_password:-}" ]; then
    file=/output/keystore_password
    [ -s "$file" ] || (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' > "$file")
    keystore_password=$(cat "$file")
fi
export keystore_password

exec /opt/wlp/bin/server run tally
