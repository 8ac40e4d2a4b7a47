package golden

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDiffLines(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, row := range []struct{ claim, want, got, printed string }{
		{"a changed line", "a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n- b\n+ B"},
		{"an added line", "a\nc\n", "a\nb\nc\n", "@@ -1,2 +1,3 @@\n+ b"},
		{"a removed line", "a\nb\nc\n", "a\nc\n", "@@ -1,3 +1,2 @@\n- b"},
		{"many differences", strings.Repeat("a\n", 20), strings.Repeat("b\n", 20), "@@ -1,20 +1,20 @@\n" + strings.Repeat("- a\n", 9) + "…"},
		{"the beginning of a long line", "a" + long + "\n", "b" + long + "\n", "@@ -1,1 +1,1 @@\n- …a" + long[:199] + "…\n+ …b" + long[:199] + "…"},
		{"the end of a long line", long + "a\n", long + "b\n", "@@ -1,1 +1,1 @@\n- …" + strings.Repeat("x", 50) + "a…\n+ …" + strings.Repeat("x", 50) + "b…"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.printed, diffLines(row.want, row.got))
		})
	}
}
