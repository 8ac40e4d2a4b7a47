package linkproxy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy/lint"
)

// warnings returns the number of warnings in the log with this rule.
func (s *harness) warnings(rule string) int { return countWarnings(s.log, lint.Finding{Rule: rule}) }

// restart restarts the service at a later time.
func (s *harness) restart(later time.Duration) {
	s.t.Helper()
	s.stop()
	s.later = later
	s.startProxy()
}

// A missing token request becomes a finding after a minute. It is logged once, whether the service runs at that time or
// not.
func TestLogsDelayedFindingsOnce(t *testing.T) {
	for name, whenVisible := range map[string]func(*harness){
		"while the service is down":              func(s *harness) { s.restart(2 * time.Minute) },
		"while the service is down for days":     func(s *harness) { s.restart(72 * time.Hour) },
		"while the service runs":                 func(s *harness) { s.stop(); s.recheckLater(2 * time.Minute) },
		"while the service runs after a restart": func(s *harness) { s.restart(0); s.stop(); s.recheckLater(2 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newHarness(t)
			s.startProxy().alexa.SignIn()
			s.restart(30 * time.Second)
			require.Zero(t, s.warnings("no-token-request"))
			whenVisible(s)
			require.Equal(t, 1, s.warnings("no-token-request"), s.log)
			for _, later := range []time.Duration{3 * time.Minute, 4 * time.Minute, 96 * time.Hour} {
				s.restart(later)
			}
			s.stop()
			s.recheckLater(5 * time.Minute)
			require.Equal(t, 1, s.warnings("no-token-request"), s.log)
		})
	}
}

// After a restart, none of many findings is logged again. The findings file contains only findings of stored traces.
func TestRestartLogsNoFindingAgain(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	s := newHarness(t)
	s.startProxy()
	s.floodTo("/link/token?response_type=code", 2600, floodSources()["an address"]) // a fault of any client, known or not
	s.restart(time.Hour)
	traces := s.stop()
	require.Equal(t, 2600, s.warnings("client-authentication"))
	logged, err := os.ReadFile(filepath.Join(s.dir, "said"))
	require.NoError(t, err)
	require.LessOrEqual(t, strings.Count(string(logged), "\n"), 2200)
	for _, attempt := range traces {
		require.Contains(t, string(logged), attempt.ID+" client-authentication\n")
	}
}

// A finding whose line is incomplete is logged again. Only the owner may read the file.
func TestLogsFindingWithIncompleteLineAgain(t *testing.T) {
	s := newHarness(t)
	s.alexa.ClientSecret = "wrong-secret"
	s.startProxy().alexa.LinkAccount()
	s.stop()
	name := filepath.Join(s.dir, "said")
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, os.Truncate(name, info.Size()-3))
	s.restart(0)
	require.Equal(t, 2, s.warnings("client-authentication"))
	s.restart(0)
	require.Equal(t, 2, s.warnings("client-authentication"))
}

// Temporary files of an interrupted write are removed, because they may contain clear text.
func TestRemovesTemporaryFiles(t *testing.T) {
	s := newHarness(t)
	s.startProxy().stop()
	left := filepath.Join(s.dir, ".new-123")
	require.NoError(t, os.WriteFile(left, []byte("secret"), 0o600))
	s.startProxy()
	require.NoFileExists(t, left)
}
