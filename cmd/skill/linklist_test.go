package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy/trace"
)

// TestTraceListEscapesForeignText prints a client ID with control characters. It must not control the operator's terminal, or
// forge a line or column.
func TestTraceListEscapesForeignText(t *testing.T) {
	var out bytes.Buffer
	attempt := trace.Trace{ID: "abc", Exchanges: []trace.Exchange{{Leg: trace.LegAuthorize,
		Facts: trace.Facts{Request: trace.RequestParams{"client_id": {"\x1b]0;mine\a\u202ex\n2026-01-01\tdef\t-\tlinked\t-"}}}}}}
	require.NoError(t, printTraceLine(environment{stdout: &out}, attempt))
	require.NotRegexp(t, "[\x00-\x08\x0b-\x1f\x7f\u202e]", out.String())
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")))
	require.Equal(t, 4, bytes.Count(out.Bytes(), []byte("\t")))
}

func TestMessageDisplayText(t *testing.T) {
	for _, row := range []struct {
		claim, want string
		message     trace.HTTPMessage
	}{
		{"an empty body", "", trace.HTTPMessage{}},
		{"a complete body", "a=b", trace.HTTPMessage{Size: 3, Body: "a=b"}},
		{"an outline", "(9000 bytes; this is an outline)\nSign in", trace.HTTPMessage{Size: 9000, Body: "Sign in", Note: "is an outline"}},
		{"a binary body", "(3 bytes; this is Base64)\n/wAB", trace.HTTPMessage{Size: 3, Body: "/wAB", Base64: true}},
		{"a body that was not recorded", "(70000 bytes, not recorded)", trace.HTTPMessage{Size: 70000, Note: "is not kept"}},
		{"a body that was fully removed", "(20 bytes, not recorded)", trace.HTTPMessage{Size: 20}},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, row.message.DisplayText()) })
	}
}
