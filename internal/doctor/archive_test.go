package doctor

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
	"lastpost/internal/feed/feedtest"
)

// TestCheckSaysTheWay asks publishers of each kind how they offer older posts.
func TestCheckSaysTheWay(t *testing.T) {
	for _, c := range []struct {
		publisher *feedtest.Publisher
		want      string
		requests  int
	}{
		{&feedtest.Publisher{Kind: feedtest.WordPress}, "ok    history halfelf  the WordPress REST API; the first page has 90 older posts, back to 2025-05-04", 2},
		{&feedtest.Publisher{Kind: feedtest.WordPress, REST: feedtest.RESTRemoved}, "ok    history halfelf  WordPress's ?paged=N; the first page has 10 older posts, back to 2025-05-27", 3},
		{&feedtest.Publisher{Kind: feedtest.WordPress, REST: feedtest.RESTUnauthorized}, "ok    history halfelf  WordPress's ?paged=N; the first page has 10 older posts, back to 2025-05-27", 3},
		{&feedtest.Publisher{Kind: feedtest.Blogger}, `ok    history halfelf  feed pages linked by rel="next"; the first page has 25 older posts, back to `, 2},
		{&feedtest.Publisher{Kind: feedtest.Archives}, "ok    history halfelf  RFC 5005 archives; the first page has 50 older posts, back to ", 2},
		{&feedtest.Publisher{Kind: feedtest.JSONFeed}, "ok    history halfelf  JSON Feed's next_url; the first page has 20 older posts, back to ", 2},
		{&feedtest.Publisher{Kind: feedtest.Plain}, "ok    history halfelf  the feed offers no older posts; ", 1},
		{&feedtest.Publisher{Defect: feedtest.EmptyFeed}, "ok    history halfelf  is looked for once the feed has posts", 1},
	} {
		t.Run(c.want, func(t *testing.T) {
			c.publisher.Posts = 300
			findings := runCheck(t, c.publisher, "")
			require.Contains(t, findings, "\n"+c.want)
			require.Len(t, c.publisher.Requests(), c.requests)
			c.publisher.ClearRequests()
			require.Contains(t, runCheck(t, c.publisher, "history: false"), "\nok    history halfelf  is turned off: only what the feed shows is kept\n")
			require.Len(t, c.publisher.Requests(), 1)
		})
	}
}

// runCheck prints what skill check finds.
func runCheck(t *testing.T, publisher *feedtest.Publisher, more string) string {
	t.Helper()
	server := httptest.NewServer(publisher)
	defer server.Close()
	return checkFeedAt(t, server.URL+publisher.FeedPath(), more)
}

// checkFeedAt prints what skill check finds about the skill of a feed, of which more may be configured.
func checkFeedAt(t *testing.T, feed string, more string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "skill.yaml")
	text := fmt.Sprintf("tls: {mode: off}\ndata_dir: %s\nskills:\n  - name: halfelf\n    application_id: %s\n    invocation_name: half elf\n    feed: %s\n    %s\n",
		dir, skillID, feed, more)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	c, findings := LoadConfig(file, os.LookupEnv)
	require.NotNil(t, c, findings)
	findings = append(findings, MachineCheck{Config: c, Network: testNetwork(), Pause: time.Millisecond}.Examine(t.Context())...)
	require.False(t, slices.ContainsFunc(findings, func(f Finding) bool { return f.Verdict == Fail }), findings)
	return lines(t, findings)
}

// TestCheckByAnotherUser looks for what lies in a folder of which this user sees nothing, as that of a dynamic user.
func TestCheckByAnotherUser(t *testing.T) {
	private := filepath.Join(t.TempDir(), "private")
	require.NoError(t, os.MkdirAll(filepath.Join(private, "skill", "archive"), 0o700))
	dir := filepath.Join(t.TempDir(), "skill")
	require.NoError(t, os.Symlink(filepath.Join(private, "skill"), dir))
	require.NoError(t, os.Chmod(private, 0))
	t.Cleanup(func() { require.NoError(t, os.Chmod(private, 0o700)) })
	skill := config.Skill{Name: "halfelf"}
	c := &config.Config{DataDir: dir}
	var findings []Finding
	asUnprivilegedUser(t, func() { findings = []Finding{checkDataDir(c), checkArchive(t.Context(), c, skill)} })
	require.Equal(t, []Finding{
		{Warn, "data directory", dir + " is not for this user to see", "run this as the service's user, or as root"},
		{Warn, "archive halfelf", dir + "/archive/halfelf.db is not for this user to see", "run this as the service's user, or as root"},
	}, findings)
}

// asUnprivilegedUser does something with nobody's rights to files, where the test has root's. The thread that has them ends with it.
func asUnprivilegedUser(t *testing.T, do func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		var err error
		if os.Geteuid() == 0 {
			err = syscall.Setfsuid(65534)
		}
		do()
		done <- err
	}()
	require.NoError(t, <-done)
}
