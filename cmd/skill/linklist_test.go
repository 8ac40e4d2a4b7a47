package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
)

// What strangers have said neither moves a terminal's cursor, nor makes a line or a column of its own.
func TestAListShowsOthersWordsHarmlessly(t *testing.T) {
	var out bytes.Buffer
	trace := linkproxy.Trace{ID: "abc", Exchanges: []linkproxy.Exchange{{Leg: linkproxy.LegAuthorize,
		Facts: linkproxy.Facts{Request: linkproxy.Params{"client_id": {"\x1b]0;mine\a\u202ex\n2026-01-01\tdef\t-\tlinked\t-"}}}}}}
	require.NoError(t, listTrace(world{stdout: &out}, trace))
	require.NotRegexp(t, "[\x00-\x08\x0b-\x1f\x7f\u202e]", out.String())
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")))
	require.Equal(t, 4, bytes.Count(out.Bytes(), []byte("\t")))
}
