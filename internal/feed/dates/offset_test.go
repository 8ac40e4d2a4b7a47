package dates

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOffsetString(t *testing.T) {
	for seconds, want := range map[int]string{0: "+0000", -18000: "-0500", 19800: "+0530", -12600: "-0330", 50400: "+1400"} {
		require.Equal(t, want, Offset{Seconds: seconds}.String())
	}
}
