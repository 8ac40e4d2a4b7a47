package inspect

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFormatsTimes(t *testing.T) {
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
			require.Equal(t, row.ago, formatAgo(row.d))
			require.Equal(t, row.until, formatUntil(row.d))
		})
	}
}

func TestFormatsSizes(t *testing.T) {
	for n, want := range map[int]string{0: "0 bytes", 999: "999 bytes", 1000: "1.0 KiB", 24 << 10: "24.0 KiB"} {
		require.Equal(t, want, formatSize(n))
	}
}

func TestCertificateState(t *testing.T) {
	now := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	for _, row := range []struct {
		state string
		left  time.Duration
	}{{"expired", -time.Second}, {"expired", 0}, {"expiring", time.Second}, {"expiring", 10*24*time.Hour - time.Second}, {"valid", 10 * 24 * time.Hour}} {
		require.Equal(t, row.state, CertificateStatus{NotAfter: now.Add(row.left)}.stateAt(now), row.left)
	}
	require.Equal(t, "expired", CertificateStatus{}.stateAt(now), "there is no certificate yet")
}

func TestTokenizesJSON(t *testing.T) {
	for _, row := range []struct {
		claim, document string
		want            []jsonToken
	}{
		{"an object", `{"a":"b"}`, []jsonToken{{"", "{\n  "}, {"key", `"a"`}, {"", ": "}, {"string", `"b"`}, {"", "\n}"}}},
		{"numbers", `[-1.5e3,0]`, []jsonToken{{"", "[\n  "}, {"number", "-1.5e3"}, {"", ",\n  "}, {"number", "0"}, {"", "\n]"}}},
		{"words", `[true,null]`, []jsonToken{{"", "[\n  "}, {"word", "true"}, {"", ",\n  "}, {"word", "null"}, {"", "\n]"}}},
		{"a masked string", `["masked:0123456789"]`, []jsonToken{{"", "[\n  "}, {"masked", `"masked:0123456789"`}, {"", "\n]"}}},
		{"a masked key is a key", `{"masked:0123456789":1}`, []jsonToken{{"", "{\n  "}, {"key", `"masked:0123456789"`}, {"", ": "}, {"number", "1"}, {"", "\n}"}}},
		{"a single number", `7`, []jsonToken{{"number", "7"}}},
		{"a single string", `"a\"b"`, []jsonToken{{"string", `"a\"b"`}}},
		{"an empty object", `{}`, []jsonToken{{"", "{}"}}},
		{"invalid JSON", `{"a`, []jsonToken{{"", `{"a`}}},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, tokenizeJSON([]byte(row.document))) })
	}
}

// FuzzTokenizeJSON checks that the tokens together are the indented document.
func FuzzTokenizeJSON(f *testing.F) {
	for _, document := range []string{`{"a":"b"}`, `[-1.5e3,{"a":[true,null]}]`, `"a\"b"`, `{"a`, "\"\xff\\ud800\"", `{"a":1,"a":2}`} {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		want, ok := indentJSON(document)
		if !ok {
			want = document
		}
		var got strings.Builder
		for _, piece := range tokenizeJSON(document) {
			got.WriteString(piece.Text)
		}
		require.Equal(t, string(want), got.String())
	})
}
