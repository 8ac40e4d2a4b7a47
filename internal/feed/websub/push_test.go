package websub

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/feedtest"
)

// TestLogsRefusedPushes checks that each reason is logged with its remedy, once a day, and that a stranger cannot raise
// an alarm.
func TestLogsRefusedPushes(t *testing.T) {
	for _, c := range []struct {
		reason, level, remedy string
		push                  func(t *testing.T, s *hubFixture) int
		status                int
	}{
		{"unknown subscription", "INFO", "ends the old subscription", func(t *testing.T, s *hubFixture) int {
			return s.callBack(t, http.MethodPost, strings.Repeat("0", 32), nil, "x").Code
		}, 404},
		{"no signature", "WARN", "sign its pushes", func(t *testing.T, s *hubFixture) int {
			return s.callBack(t, http.MethodPost, s.token(), nil, "x").Code
		}, 204},
		{"invalid signature", "WARN", "changes bodies", func(t *testing.T, s *hubFixture) int {
			return s.callBack(t, http.MethodPost, s.token(), nil, "x", "X-Hub-Signature", feedtest.SignBody("sha256", "other", []byte("x"))).Code
		}, 204},
		{"larger than 10 MiB", "WARN", "fewer posts", func(t *testing.T, s *hubFixture) int {
			return s.callBack(t, http.MethodPost, s.token(), nil, strings.Repeat("x", feed.MaxBody+1)).Code
		}, 413},
		{"cut off", "WARN", "it must pass on 10 MiB", func(_ *testing.T, s *hubFixture) int {
			r := httptest.NewRequest(http.MethodPost, "/"+s.token(), io.MultiReader(strings.NewReader("x"), failingReader{}))
			rec := httptest.NewRecorder()
			s.ServeHTTP(rec, r)
			return rec.Code
		}, 400},
	} {
		t.Run(c.reason, func(t *testing.T) {
			s := newSubscribedFixture(t)
			for range 3 {
				require.Equal(t, c.status, c.push(t, s))
				s.clock.now = s.clock.now.Add(7 * time.Hour)
			}
			logged := s.logs.drain()
			require.Len(t, logged, 1)
			require.Contains(t, logged[0], "level="+c.level+` msg="push refused; this reason is logged once a day"`)
			require.Contains(t, logged[0], "hub="+hubURL)
			require.Regexp(t, `reason="?`+c.reason, logged[0])
			require.Contains(t, logged[0], c.remedy)
			require.NotContains(t, logged[0], s.token())
			s.clock.now = s.clock.now.Add(24 * time.Hour)
			c.push(t, s)
			require.Len(t, s.logs.drain(), 1, "again on another day")
			s.clock.now = s.clock.now.Add(-time.Hour)
			c.push(t, s)
			require.Len(t, s.logs.drain(), 1, "again after the clock was set back")
			require.Zero(t, s.pushes.Load())
		})
	}
}

func TestDoesNotLogPushesWithoutSubscription(t *testing.T) {
	s := newHubFixture(t)
	require.Equal(t, 404, s.callBack(t, http.MethodPost, "x", nil, "x").Code)
	require.Empty(t, s.logs.drain())
}

func TestLogsMissedPushes(t *testing.T) {
	s := newSubscribedFixture(t)
	s.RecordMissedPush()
	require.Empty(t, s.logs.drain(), "a push may be late once")
	push := func() int {
		return s.callBack(t, http.MethodPost, s.token(), nil, "x", "X-Hub-Signature", feedtest.SignBody("sha1", s.state.Secret, []byte("x"))).Code
	}
	require.Equal(t, 204, push())
	s.RecordMissedPush()
	require.Empty(t, s.logs.drain(), "a push starts the count again")
	s.RecordMissedPush()
	s.RecordMissedPush()
	logged := s.logs.drain()
	require.Len(t, logged, 1)
	require.Contains(t, logged[0], "level=WARN")
	require.Contains(t, logged[0], "polls find new posts before a push arrives")
	require.Contains(t, logged[0], "bodies of 10 MiB pass below /websub/")
	s.UpdateHub(nil, nil)
	s.RecordMissedPush()
	s.RecordMissedPush()
	require.NotContains(t, s.logs.String(), "before a push arrives", "without a hub, no push is missed")
}

// TestSlowPush checks that a hub may take longer for a push than the server allows for other requests.
func TestSlowPush(t *testing.T) {
	const body = "<rss>slowly"
	s := newSubscribedFixture(t)
	server := httptest.NewUnstartedServer(s)
	server.Config.ReadTimeout, server.Config.WriteTimeout = 200*time.Millisecond, 300*time.Millisecond
	server.Start()
	defer server.Close()
	for token, want := range map[string]string{s.token(): "204", "unknown": "404"} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		require.NoError(t, err)
		_, err = fmt.Fprintf(conn, "POST /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Hub-Signature: %s\r\nContent-Length: %d\r\n\r\n",
			token, feedtest.SignBody("sha256", s.state.Secret, []byte(body)), len(body))
		require.NoError(t, err)
		time.Sleep(600 * time.Millisecond)
		_, _ = io.WriteString(conn, body)
		answer, err := io.ReadAll(conn)
		require.True(t, err == nil || errors.Is(err, net.ErrClosed) || len(answer) > 0, "%v", err)
		require.Contains(t, string(answer), "HTTP/1.1 "+want)
		require.NoError(t, conn.Close())
	}
	require.EqualValues(t, 1, s.pushes.Load())
}
