#!/bin/bash
# Builds version1.db.gz, an archive of version 1. Usage: version1.sh PROGRAM. PROGRAM is `skill` of commit d56f2c9, the last
# before version 2.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/skill.yaml" <<'YAML'
listen: 127.0.0.1:0
tls: {mode: "off"}
data_dir: DATA
skills:
  - {name: blog, path: /alexa, application_id: amzn1.ask.skill.0d5cf4ae-6f1c-4a25-9c0b-2b3c4d5e6f70, invocation_name: blog reader, feed: "https://blog.example/feed"}
YAML
sed -i "s#DATA#$work#" "$work/skill.yaml"
for n in $(seq 0 399); do
	printf '{"id":"post %d","published":"%s","title":"Title %d","link":"https://blog.example/%d","content":"<p>A zebra and %d more words of it</p>","categories":["Zoo","Year %d"]%s}\n' \
		"$n" "$(date -u -d "2026-01-01 - $n days" +%Y-%m-%dT09:00:00Z)" "$n" "$n" "$n" $((n / 100)) \
		"$([ $((n % 4)) != 0 ] || echo ",\"audio\":{\"url\":\"https://blog.example/$n.mp3\",\"type\":\"audio/mpeg\"}")"
done >"$work/posts.jsonl"
"$1" archive import --config "$work/skill.yaml" "$work/posts.jsonl"
db=$(find "$work" -name '*.db')
[ ! -e "$db-wal" ] || { echo "$db was not closed"; exit 1; }
gzip -9n <"$db" >"$here/version1.db.gz"
