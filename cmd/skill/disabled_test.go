package main

import (
	"database/sql"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// skillDisabledRequest returns the event that Amazon sends when a listener disables the skill.
func skillDisabledRequest(t *testing.T) []byte {
	return requestWith(t, map[string]any{
		"type": "AlexaSkillEvent.SkillDisabled", "requestId": "amzn1.echo-api.request.7b0f1c6e-0d4f-4a53-9d32-1f6f0c8a2b4d",
		"timestamp": time.Now().UTC().Format(time.RFC3339), "locale": "en-US",
	})
}

// archiveDB opens the skill's archive like another process.
func (h *harness) archiveDB() *sql.DB {
	h.t.Helper()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: h.archiveFile(), RawQuery: "_pragma=busy_timeout(5000)&_txlock=immediate"}).String())
	require.NoError(h.t, err)
	h.t.Cleanup(func() { _ = db.Close() })
	return db
}

func (h *harness) countVisits() (count int) {
	h.t.Helper()
	require.NoError(h.t, h.archiveDB().QueryRow("SELECT count(*) FROM visits").Scan(&count))
	return count
}

// visitAndWait makes a listener visit the skill, and waits until the visit is on the disk.
func (h *harness) visitAndWait() {
	h.t.Helper()
	status, _ := h.sendSigned(h.lastPostRequest(""))
	require.Equal(h.t, http.StatusOK, status)
	require.Eventually(h.t, func() bool { return h.countVisits() == 1 }, 30*time.Second, 20*time.Millisecond)
}

// TestDisabledSkillLeavesNoVisits kills the program directly after its answer to SkillDisabled. The listener's visit must
// be gone from the disk.
func TestDisabledSkillLeavesNoVisits(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}")
	for range 3 {
		h.startAndWait()
		h.waitUntilReady()
		h.visitAndWait()
		status, _ := h.sendSigned(skillDisabledRequest(t))
		h.kill()
		require.Equal(t, http.StatusOK, status)
		require.Zero(t, h.countVisits())
	}
}

// TestFailedDeletionIsNotAcknowledged refuses the deletion in the archive. The program must answer an error, so that Amazon
// sends the event again, and must delete when the fault is over.
func TestFailedDeletionIsNotAcknowledged(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}")
	h.startAndWait()
	h.waitUntilReady()
	h.visitAndWait()
	db := h.archiveDB()
	_, err := db.Exec("CREATE TRIGGER refuse BEFORE DELETE ON visits BEGIN SELECT raise(ABORT, 'no room'); END")
	require.NoError(t, err)
	status, answer := h.sendSigned(skillDisabledRequest(t))
	require.Equal(t, http.StatusInternalServerError, status)
	require.NotContains(t, answer, "no room", "the sender does not learn details")
	line := h.log.waitFor(t, "request")
	for _, other := range h.log.withMessage("request") {
		line = other
	}
	require.Equal(t, "error", line["level"])
	require.Contains(t, line["error"], "delete a listener's visits: archive "+h.archiveFile())
	_, metrics := h.getPrivate("/metrics")
	require.Contains(t, metrics, `outcome="failed",skill="halfelf",type="AlexaSkillEvent.SkillDisabled"} 1`)
	require.Equal(t, 1, h.countVisits())
	_, err = db.Exec("DROP TRIGGER refuse")
	require.NoError(t, err)
	status, _ = h.sendSigned(skillDisabledRequest(t))
	require.Equal(t, http.StatusOK, status)
	require.Zero(t, h.countVisits())
	require.Equal(t, 0, h.stop())
}

// TestDeletionDoesNotDelayOtherRequests holds the archive's write lock. Other requests must be answered while the deletion
// waits for it.
func TestDeletionDoesNotDelayOtherRequests(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}")
	h.startAndWait()
	h.waitUntilReady()
	h.visitAndWait()
	lock, err := h.archiveDB().Begin()
	require.NoError(t, err)
	body, deleted := skillDisabledRequest(t), make(chan int, 1)
	header, err := h.signer.Sign(body)
	require.NoError(t, err)
	go func() {
		status, _, _ := h.post(t.Context(), header, strings.NewReader(string(body)))
		deleted <- status
	}()
	answered := 0
	for len(deleted) == 0 {
		status, _ := h.sendSigned(h.lastPostRequest(""))
		require.Equal(t, http.StatusOK, status)
		answered++
	}
	require.Equal(t, http.StatusInternalServerError, <-deleted, "the wait is limited")
	require.Greater(t, answered, 1)
	require.NoError(t, lock.Rollback())
	require.Equal(t, 0, h.stop())
}
