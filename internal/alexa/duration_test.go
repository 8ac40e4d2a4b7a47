package alexa

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseDuration(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"PT30S":        30 * time.Second,
		"PT2M":         2 * time.Minute,
		"PT1H":         time.Hour,
		"PT1H30M":      90 * time.Minute,
		"PT1M30S":      90 * time.Second,
		"PT1H10S":      time.Hour + 10*time.Second,
		"PT90M":        90 * time.Minute,
		"PT0S":         0,
		"P2D":          48 * time.Hour,
		"P1W":          7 * 24 * time.Hour,
		"P3DT4H5M6S":   3*24*time.Hour + 4*time.Hour + 5*time.Minute + 6*time.Second,
		"P1W1DT1H":     8*24*time.Hour + time.Hour,
		"PT9999H":      9999 * time.Hour,
		"PT0030S":      30 * time.Second,
		"P365DT23H":    365*24*time.Hour + 23*time.Hour,
		"PT9999S":      9999 * time.Second,
		"P9999W":       9999 * 7 * 24 * time.Hour,
		"P9999DT9999M": 9999*24*time.Hour + 9999*time.Minute,
	} {
		got, err := ParseDuration(value)
		require.NoError(t, err, value)
		require.Equal(t, want, got, value)
	}
}

// TestParseDurationRefuses requires an error for values that Amazon does not send, and for years and months, because their
// lengths differ.
func TestParseDurationRefuses(t *testing.T) {
	for _, value := range []string{
		"", "?", "P", "PT", "T30S", "30S", "30", "PT30", "PT-30S", "-PT30S", "PT+30S", "PT1.5M", "PT1,5M", "PTS", "PT30S ", " PT30S", "pt30s",
		"P1Y", "P2M", "P1Y2M", "P1YT1M", "P30S", "P1H", "PT1D", "PT1W", "PT30S1M", "PT1M1M", "PT1MT1S", "P1DT", "P1D1W", "PT٣S", "PT30\x00S",
		"PT10000S", "PT99999999999999999999S", "P1TT1S", strings.Repeat("P", 1000),
	} {
		_, err := ParseDuration(value)
		require.ErrorIs(t, err, ErrDuration, "%q", value)
		require.Less(t, len(err.Error()), 300, "%q", value)
	}
}

// FuzzParseDuration requires whole seconds from 0 to 230 years: the sum of the parts must not overflow.
func FuzzParseDuration(f *testing.F) {
	for _, value := range []string{"PT30S", "P1W2DT3H4M5S", "P1Y", "PT", "?", "", "P9999W9999DT9999H9999M9999S"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, err := ParseDuration(value)
		if err != nil {
			require.ErrorIs(t, err, ErrDuration)
			require.Zero(t, got)
			return
		}
		require.True(t, 0 <= got && got < 230*365*24*time.Hour, "%q: %s", value, got)
		require.Zero(t, got%time.Second, value)
	})
}
