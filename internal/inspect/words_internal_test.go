package inspect

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTimesAreSaidRoughly(t *testing.T) {
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
			require.Equal(t, row.ago, ago(row.d))
			require.Equal(t, row.until, until(row.d))
		})
	}
}

func TestSizes(t *testing.T) {
	for n, want := range map[int]string{0: "0 bytes", 999: "999 bytes", 1000: "1.0 KiB", 24 << 10: "24.0 KiB"} {
		require.Equal(t, want, size(n))
	}
}

func TestCertificatesWantAnEyeInTime(t *testing.T) {
	now := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	for _, row := range []struct {
		state string
		left  time.Duration
	}{{"ended", -time.Second}, {"ended", 0}, {"soon", time.Second}, {"soon", 10*24*time.Hour - time.Second}, {"well", 10 * 24 * time.Hour}} {
		require.Equal(t, row.state, CertificateStatus{NotAfter: now.Add(row.left)}.state(now), row.left)
	}
	require.Equal(t, "ended", CertificateStatus{}.state(now), "there is none yet")
}

// Whatever JSON it is, its pieces put together are what is indented.
func TestJSONInPieces(t *testing.T) {
	for _, row := range []struct {
		claim, document string
		want            []token
	}{
		{"an object", `{"a":"b"}`, []token{{"", "{\n  "}, {"key", `"a"`}, {"", ": "}, {"string", `"b"`}, {"", "\n}"}}},
		{"numbers", `[-1.5e3,0]`, []token{{"", "[\n  "}, {"number", "-1.5e3"}, {"", ",\n  "}, {"number", "0"}, {"", "\n]"}}},
		{"words", `[true,null]`, []token{{"", "[\n  "}, {"word", "true"}, {"", ",\n  "}, {"word", "null"}, {"", "\n]"}}},
		{"what is masked", `["masked:0123456789"]`, []token{{"", "[\n  "}, {"masked", `"masked:0123456789"`}, {"", "\n]"}}},
		{"a key that is masked is a key", `{"masked:0123456789":1}`, []token{{"", "{\n  "}, {"key", `"masked:0123456789"`}, {"", ": "}, {"number", "1"}, {"", "\n}"}}},
		{"a scalar alone", `7`, []token{{"number", "7"}}},
		{"a text alone", `"a\"b"`, []token{{"string", `"a\"b"`}}},
		{"nothing in it", `{}`, []token{{"", "{}"}}},
		{"what is none", `{"a`, []token{{"", `{"a`}}},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, tokens([]byte(row.document))) })
	}
}

func FuzzJSONInPieces(f *testing.F) {
	for _, document := range []string{`{"a":"b"}`, `[-1.5e3,{"a":[true,null]}]`, `"a\"b"`, `{"a`, "\"\xff\\ud800\"", `{"a":1,"a":2}`} {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		want, ok := indented(document)
		if !ok {
			want = document
		}
		var got strings.Builder
		for _, piece := range tokens(document) {
			got.WriteString(piece.Text)
		}
		require.Equal(t, string(want), got.String())
	})
}
