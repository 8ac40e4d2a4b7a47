package simulator

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReportsTooLongLine reads input to its end, or to a line that is too long. Only the second is an error.
func TestReportsTooLongLine(t *testing.T) {
	for input, want := range map[string]string{
		"help\n\nstop\n":                        "",
		"help\n" + strings.Repeat("a", 100<<10): "token too long",
	} {
		lines, failure := readLines(t.Context(), strings.NewReader(input))
		require.Equal(t, "help", <-lines)
		rest := 0
		for range lines {
			rest++
		}
		if want == "" {
			require.Equal(t, 2, rest)
			require.NoError(t, failure())
			continue
		}
		require.ErrorContains(t, failure(), want)
	}
}
