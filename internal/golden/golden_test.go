package golden

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDiffLines(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, row := range []struct{ claim, want, got, printed string }{
		{"a changed line", "a\nb\nc", "a\nB\nc", "line 2: - b\nline 2: + B"},
		{"an added line", "a\nc\nd", "a\nb\nc\nd", "line 2: + b"},
		{"a removed line", "a\nb\nc", "a\nc", "line 2: - b"},
		{"an added last line", "a", "a\nb", "line 2: + b"},
		{"two differences", "a\nb\nc\nd\ne", "a\nB\nc\ne", "line 2: - b\nline 2: + B\nline 4: - d"},
		{"many differences", strings.Repeat("a\n", 20), strings.Repeat("b\n", 20), strings.TrimSuffix("line 1: - a\nline 2: - a\nline 3: - a\nline 4: - a\nline 5: - a\n"+
			"line 6: - a\nline 7: - a\nline 8: - a\nline 9: - a\nline 10: - a\n…\n", "\n")},
		{"the end of a long line", long + "a", long + "b", "line 1: - …" + strings.Repeat("x", 50) + "a…\nline 1: + …" + strings.Repeat("x", 50) + "b…"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.printed, diffLines(strings.Split(row.want, "\n"), strings.Split(row.got, "\n")))
		})
	}
}
