package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestProgressLines prints whole lines, and not more than one in three seconds.
func TestProgressLines(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	now := time.Unix(0, 0)
	p := progressLines{out: &out, now: func() time.Time { return now }, last: now}
	for i := range 9 {
		p.print("imported %d of %d posts", i*500, 4500)
		now = now.Add(time.Second)
	}
	require.Equal(t, "imported 1500 of 4500 posts\nimported 3000 of 4500 posts\n", out.String())
}
