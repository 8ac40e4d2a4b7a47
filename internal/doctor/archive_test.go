package doctor

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
	"lastpost/internal/feed/feedtest"
)

// TestReportsBackfillSource checks publishers with each source of older posts. The report must name the source.
func TestReportsBackfillSource(t *testing.T) {
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
		{&feedtest.Publisher{Defect: feedtest.EmptyFeed}, "ok    history halfelf  not checked: the feed has no posts yet", 1},
	} {
		t.Run(c.want, func(t *testing.T) {
			c.publisher.Posts = 300
			findings := runCheck(t, c.publisher, "")
			require.Contains(t, findings, "\n"+c.want)
			require.Len(t, c.publisher.Requests(), c.requests)
			c.publisher.ClearRequests()
			require.Contains(t, runCheck(t, c.publisher, "history: false"), "\nok    history halfelf  off: only posts in the feed are stored\n")
			require.Len(t, c.publisher.Requests(), 1)
		})
	}
}

// runCheck returns the report of skill check.
func runCheck(t *testing.T, publisher *feedtest.Publisher, more string) string {
	t.Helper()
	server := httptest.NewServer(publisher)
	defer server.Close()
	return checkFeedAt(t, server.URL+publisher.FeedPath(), more)
}

// checkFeedAt returns the report for a skill with this feed. more is added to the skill's configuration.
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
	return reportText(t, findings)
}

// TestReportsUnreadableDataDir has a data directory that this user cannot read, as with systemd's DynamicUser.
func TestReportsUnreadableDataDir(t *testing.T) {
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
		{Warn, "data directory", dir + " is not readable by this user", "run this as the service's user, or as root"},
		{Warn, "archive halfelf", dir + "/archive/halfelf.db is not readable by this user", "run this as the service's user, or as root"},
	}, findings)
}

// asUnprivilegedUser calls do on an OS thread without root's file permissions. The thread ends afterwards.
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

// TestMissingArchive has no archive yet. The service cannot create it in a data directory that cannot be created.
func TestMissingArchive(t *testing.T) {
	t.Parallel()
	skill := config.Skill{Name: "halfelf"}
	for _, row := range []struct {
		claim, dir string
		want       Finding
	}{
		{"a folder that can be created", filepath.Join(t.TempDir(), "data"),
			Finding{OK, "archive halfelf", "FILE does not exist yet: the service creates it when it starts", ""}},
		{"a folder that cannot be created", "/proc/lastpost",
			Finding{Fail, "archive halfelf", "FILE does not exist, and the service cannot create it", "correct data_dir: see the check of the data directory"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			got := checkArchive(t.Context(), &config.Config{DataDir: row.dir}, skill)
			got.Message = strings.ReplaceAll(got.Message, filepath.Join(row.dir, "archive", "halfelf.db"), "FILE")
			require.Equal(t, row.want, got)
		})
	}
}
