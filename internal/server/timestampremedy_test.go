package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server/reports"
	"lastpost/internal/verify"
)

// TestUnreadableTimestampIsNotTheClock has timestamps that are refused. Only a readable one can be the clock's fault.
func TestUnreadableTimestampIsNotTheClock(t *testing.T) {
	now := time.Now()
	for _, timestamp := range []string{"", "tomorrow", "1796063194450.5", "2026-11-30T18:26:34"} {
		err := verify.CheckTimestamp("LaunchRequest", timestamp, now)
		require.Error(t, err)
		require.Contains(t, reports.TimestampRemedy(err), "Please report this line", timestamp)
	}
	err := verify.CheckTimestamp("LaunchRequest", now.Add(-time.Hour).Format(time.RFC3339), now)
	require.Error(t, err)
	require.Contains(t, reports.TimestampRemedy(err), "timedatectl")
}
