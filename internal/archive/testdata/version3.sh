#!/bin/bash
# Builds version3.db.gz, an archive of version 3 of a feed without dates. Usage: version3.sh PROGRAM. PROGRAM is `skill` of
# commit 7daaf14, the last before version 4. It polls the feed twice; the second poll finds a new post.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'kill $(jobs -p); rm -rf "$work"' EXIT
show() {
	local items=
	for title in "$@"; do items+="<item><guid>$title</guid><title>$title jar</title><category>Jars</category></item>"; done
	echo "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Cellar</title>$items</channel></rss>" >"$work/feed.new"
	mv "$work/feed.new" "$work/feed"
}
show first second third
python3 -u -m http.server --bind 127.0.0.1 --directory "$work" 0 >"$work/http.log" 2>&1 &
until port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$work/http.log") && [ -n "$port" ]; do sleep 0.1; done
cat >"$work/skill.yaml" <<YAML
listen: 127.0.0.1:0
tls: {mode: "off"}
data_dir: $work/data
skills:
  - {name: blog, path: /alexa, application_id: amzn1.ask.skill.0d5cf4ae-6f1c-4a25-9c0b-2b3c4d5e6f70, invocation_name: blog reader, feed: "http://127.0.0.1:$port/feed"}
YAML
"$1" serve --config "$work/skill.yaml" 2>"$work/log" &
service=$!
until "$1" archive list --config "$work/skill.yaml" 2>/dev/null | grep -q third; do sleep 0.5; done
sleep 2
show new first second
kill -HUP $service
until "$1" archive list --config "$work/skill.yaml" | grep -q new; do sleep 0.5; done
kill $service
wait $service
db=$(find "$work" -name '*.db')
[ ! -e "$db-wal" ] || { echo "$db was not closed"; exit 1; }
gzip -9n <"$db" >"$here/version3.db.gz"
