# Starts the server of the image, as its first process: it gets the signals of docker stop.
set -eu

# Liberty makes a key store for HTTPS with this password, or opens one that was put there. Where nobody chose a password, one
# is made and kept beside the store.
file=/output/keystore_password
if [ -z "${keystore_password:-}" ]; then
    [ -s "$file" ] || (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' > "$file")
    keystore_password=$(cat "$file")
fi
export keystore_password

mkdir -p /output/tmp
exec /opt/wlp/bin/server run tally
