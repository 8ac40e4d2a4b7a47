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

// warnings counts how often the log has a rule.
func (s *scene) warnings(rule string) int { return logs(s.log, lint.Finding{Rule: rule}) }

// restart has the service start anew, at a time.
func (s *scene) restart(later time.Duration) {
	s.t.Helper()
	s.close()
	s.later = later
	s.open()
}

// What ripens is logged once, whether the service runs then, is down, or comes and goes.
func TestWhatRipensIsLoggedOnce(t *testing.T) {
	for name, ripens := range map[string]func(*scene){
		"while it is down":                  func(s *scene) { s.restart(2 * time.Minute) },
		"while it is down, for days":        func(s *scene) { s.restart(72 * time.Hour) },
		"while it runs":                     func(s *scene) { s.close(); s.lookLater(2 * time.Minute) },
		"while it runs, once it came again": func(s *scene) { s.restart(0); s.close(); s.lookLater(2 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.open().alexa.SignIn()
			s.restart(30 * time.Second)
			require.Zero(t, s.warnings("no-token-request"))
			ripens(s)
			require.Equal(t, 1, s.warnings("no-token-request"), s.log)
			for _, later := range []time.Duration{3 * time.Minute, 4 * time.Minute, 96 * time.Hour} {
				s.restart(later)
			}
			s.close()
			s.lookLater(5 * time.Minute)
			require.Equal(t, 1, s.warnings("no-token-request"), s.log)
		})
	}
}

// A start logs nothing again, however much there was, and what is remembered of it goes with the traces.
func TestAStartLogsNothingAgain(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	s := newScene(t)
	s.open()
	s.flood(2600, strangers()["an address"])
	s.restart(time.Hour)
	traces := s.close()
	require.Equal(t, 2600, s.warnings("client-authentication"))
	said, err := os.ReadFile(filepath.Join(s.dir, "said"))
	require.NoError(t, err)
	require.LessOrEqual(t, strings.Count(string(said), "\n"), 2200)
	for _, attempt := range traces {
		require.Contains(t, string(said), attempt.ID+" client-authentication\n")
	}
}

// A line that a crash has cut off is said again; and what lies there is the owner's alone.
func TestACrashWhileSomethingIsSaid(t *testing.T) {
	s := newScene(t)
	s.alexa.ClientSecret = "wrong-secret"
	s.open().alexa.LinkAccount()
	s.close()
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

// What a stop has left half-written beside the files is taken away: it may be in clear.
func TestWhatAStopHasLeft(t *testing.T) {
	s := newScene(t)
	s.open().close()
	left := filepath.Join(s.dir, ".new-123")
	require.NoError(t, os.WriteFile(left, []byte("secret"), 0o600))
	s.open()
	require.NoFileExists(t, left)
}
