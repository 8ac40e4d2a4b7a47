package present

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFormatsTimes(t *testing.T) {
	now := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	for _, row := range []struct {
		ago, until string
		d          time.Duration
	}{
		{"just now", "now", -time.Second},
		{"just now", "now", 0},
		{"just now", "in 4 seconds", 4999 * time.Millisecond},
		{"5 seconds ago", "in 5 seconds", 5 * time.Second},
		{"59 seconds ago", "in 59 seconds", 59 * time.Second},
		{"1 minute ago", "in 1 minute", time.Minute},
		{"2 minutes ago", "in 2 minutes", 2 * time.Minute},
		{"59 minutes ago", "in 59 minutes", time.Hour - time.Second},
		{"1 hour ago", "in 1 hour", time.Hour},
		{"23 hours ago", "in 23 hours", 24*time.Hour - time.Second},
		{"1 day ago", "in 1 day", 47 * time.Hour},
		{"2 days ago", "in 2 days", 48 * time.Hour},
	} {
		t.Run(row.ago, func(t *testing.T) {
			require.Equal(t, row.ago, At(now.Add(-row.d), now, nil).Ago())
			require.Equal(t, row.until, At(now.Add(row.d), now, nil).Until())
		})
	}
}

// Times are in the zone of the blog. The tooltip and the machine-readable time are in UTC.
func TestTimesAreInTheZoneOfTheBlog(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	apia, err := time.LoadLocation("Pacific/Apia")
	require.NoError(t, err)
	now := time.Date(2026, 3, 14, 22, 59, 0, 0, time.UTC)
	for _, row := range []struct {
		claim, short string
		at           time.Time
		zone         *time.Location
	}{
		{"today", "23:50:00", now.Add(-9 * time.Minute), berlin},
		{"yesterday in the zone, today in UTC", "yesterday, 23:59", now.Add(-24 * time.Hour), berlin},
		{"tomorrow in the zone", "tomorrow, 00:01", now.Add(2 * time.Minute), berlin},
		{"this year", "1 Mar, 01:00", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), berlin},
		{"another year", "31 Dec 2025, 12:00", time.Date(2025, 12, 31, 11, 0, 0, 0, time.UTC), berlin},
		{"no zone", "22:59:00", now, nil},
		{"far in the east", "11:59:00", now, apia},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.short, At(row.at, now, row.zone).Short()) })
	}
	m := At(now, now, berlin)
	require.Equal(t, "14 Mar 2026, 23:59:00", m.Full())
	require.Equal(t, "2026-03-14 22:59:00 UTC", m.UTC())
	require.Equal(t, "2026-03-14T22:59:00Z", m.Stamp())
	require.Equal(t, "Europe/Berlin (CET)", ZoneName(berlin, now))
	require.Equal(t, "Europe/Berlin (CEST)", ZoneName(berlin, now.AddDate(0, 3, 0)))
	require.Equal(t, "Pacific/Apia (UTC+13:00)", ZoneName(apia, now))
	require.Equal(t, "UTC", ZoneName(nil, now))
}

func TestFormatsSizes(t *testing.T) {
	for n, want := range map[int]string{0: "0 bytes", 999: "999 bytes", 1000: "1.0 KiB", 24 << 10: "24.0 KiB"} {
		require.Equal(t, want, Size(n))
	}
}

func TestTokenizesJSON(t *testing.T) {
	for _, row := range []struct {
		claim, document string
		want            []JSONToken
	}{
		{"an object", `{"a":"b"}`, []JSONToken{{"", "{\n  "}, {"key", `"a"`}, {"", ": "}, {"string", `"b"`}, {"", "\n}"}}},
		{"numbers", `[-1.5e3,0]`, []JSONToken{{"", "[\n  "}, {"number", "-1.5e3"}, {"", ",\n  "}, {"number", "0"}, {"", "\n]"}}},
		{"words", `[true,null]`, []JSONToken{{"", "[\n  "}, {"word", "true"}, {"", ",\n  "}, {"word", "null"}, {"", "\n]"}}},
		{"a masked string", `["masked:0123456789"]`, []JSONToken{{"", "[\n  "}, {"masked", `"masked:0123456789"`}, {"", "\n]"}}},
		{"a masked key is a key", `{"masked:0123456789":1}`, []JSONToken{{"", "{\n  "}, {"key", `"masked:0123456789"`}, {"", ": "}, {"number", "1"}, {"", "\n}"}}},
		{"a single number", `7`, []JSONToken{{"number", "7"}}},
		{"a single string", `"a\"b"`, []JSONToken{{"string", `"a\"b"`}}},
		{"an empty object", `{}`, []JSONToken{{"", "{}"}}},
		{"invalid JSON", `{"a`, []JSONToken{{"", `{"a`}}},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, tokenizeJSON([]byte(row.document))) })
	}
}

// A tree has every character of the document, whatever is folded.
func FuzzJSON(f *testing.F) {
	for _, document := range []string{`{"a":"b"}`, `[-1.5e3,{"a":[true,null]}]`, `"a\"b"`, `{"a`, "\"\xff\\ud800\"", `{"a":1,"a":2}`, `[[],{},[[]]]`, "}\n{\nx"} {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		want, ok := indentJSON(document)
		if !ok {
			want = document
		}
		require.Equal(t, string(want), treeText(JSON(document).Nodes))
	})
}

// treeText returns the text of nodes, as a browser's textContent does.
func treeText(nodes []JSONNode) string {
	var out strings.Builder
	for _, node := range nodes {
		for _, token := range node.Line {
			out.WriteString(token.Text)
		}
		if node.Items != "" {
			out.WriteByte('\n')
		}
		out.WriteString(treeText(node.Children))
		for _, token := range node.End {
			out.WriteString(token.Text)
		}
	}
	return out.String()
}

func TestFoldsContainers(t *testing.T) {
	long := `{"a":{"b":[1,2]},"c":[` + strings.Repeat("1,", 50) + `1],"d":{"e":{"f":{}}}}`
	root := JSON([]byte(long)).Nodes
	require.Len(t, root, 1)
	parts := root[0].Children
	require.Len(t, parts, 3)
	require.True(t, root[0].Open)
	require.True(t, parts[0].Open)
	require.Equal(t, "4 lines", parts[0].Items)
	require.False(t, parts[1].Open, "51 numbers")
	require.Equal(t, "51 lines", parts[1].Items)
	require.False(t, JSON([]byte(long)).Folded)
	require.True(t, JSON([]byte(long)).IsFoldable())
	for _, flat := range []string{"a=b", `{"a":1}`, `[]`, `1`} {
		require.False(t, JSON([]byte(flat)).IsFoldable(), flat)
	}
}

// An attacker can send thousands of containers. The page shows all of them, but not as foldable parts.
func TestManyContainersAreText(t *testing.T) {
	document := []byte("[" + strings.Repeat("[1],", 5000) + "1]")
	view := JSON(document)
	require.True(t, view.Folded)
	require.Len(t, view.Nodes, 15003)
	for _, node := range view.Nodes {
		require.Empty(t, node.Children)
	}
	want, _ := indentJSON(document)
	require.Equal(t, string(want), treeText(view.Nodes))
}
