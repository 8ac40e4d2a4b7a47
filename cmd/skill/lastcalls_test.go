package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLastCallSurvivesRestart reads the time of Alexa's last call in the inspector before and after restarts.
func TestLastCallSurvivesRestart(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}")
	const never, since = "Alexa has not called yet", "not since the service started"
	status := func() string {
		_, page := h.getPrivate("/")
		return page
	}
	file := filepath.Join(h.dir, "data", "last-calls.json")
	h.startAndWait()
	require.Equal(t, 0, h.stop())
	require.NoFileExists(t, file, "no call, no file")
	h.startAndWait()
	h.waitUntilReady()
	require.Contains(t, status(), never)
	require.Contains(t, status(), "<dt>localhost", "the certificate's names")
	require.Empty(t, h.log.withMessage("last-call times unreadable"), "a missing file is not an error")
	code, _ := h.sendSigned(h.lastPostRequest("2026-03"))
	require.Equal(t, http.StatusOK, code)
	require.NotContains(t, status(), never)
	require.Equal(t, 0, h.stop())
	info, err := os.Stat(file)
	require.NoError(t, err)
	for range 2 {
		h.startAndWait()
		require.NotContains(t, status(), never)
		require.Contains(t, status(), since)
		require.Equal(t, 0, h.stop())
	}
	after, err := os.Stat(file)
	require.NoError(t, err)
	require.True(t, os.SameFile(info, after), "the file is not rewritten without a new call")
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, os.WriteFile(file, []byte("{damaged"), 0o600))
	h.startAndWait()
	require.Contains(t, status(), never, "a damaged file does not prevent the start")
	require.Equal(t, file, h.log.waitFor(t, "last-call times unreadable")["file"])
	require.Equal(t, 0, h.stop())
}

// TestUnwritableLastCallsAreLogged puts a directory at the file's path.
func TestUnwritableLastCallsAreLogged(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}")
	file := filepath.Join(h.dir, "data", "last-calls.json")
	require.NoError(t, os.MkdirAll(filepath.Join(file, "occupied"), 0o700))
	h.startAndWait()
	h.waitUntilReady()
	code, _ := h.sendSigned(h.lastPostRequest("2026-03"))
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, 0, h.stop())
	require.NotEmpty(t, h.log.withMessage("last-call times not saved"))
}
