package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"lastpost/internal/freeport"
	"lastpost/internal/server"
	"lastpost/internal/simulator"
	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// TestScripts runs the commands in testdata/script. $FEED is a publisher: /feed/ serves the sample blog, / is a page that
// links to the feed, /two/ links to two feeds, /login/ requires the user and the password of $FEED_WITH_PASSWORD, and other
// paths serve faults. $FEED_HOST is its host and port. $TEMPLATE is the configuration of the packages. $CERTS is a folder of certificates. $PORT and $PORT2 are free ports.
// $ENDPOINT is the address of a real server with the certificate of skill.example.com. $LOCALE_WITHOUT_TEXTS is a locale
// that is answered in English.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	require.NoError(t, err)
	runScripts(t, slices.DeleteFunc(files, func(file string) bool { return file == archiveScript }))
}

// archiveScript runs eighty commands, each in its own process.
var archiveScript = filepath.Join("testdata", "script", "archive.txtar")

// TestArchiveScript runs the commands of the longest script.
func TestArchiveScript(t *testing.T) {
	requireE2E(t)
	runScripts(t, []string{archiveScript})
}

func runScripts(t *testing.T, files []string) {
	t.Helper()
	publisher := httptest.NewServer(newPublisher(t))
	packagedTemplate, err := filepath.Abs(filepath.Join(top, "deploy", "package", "skill.yaml"))
	require.NoError(t, err)
	t.Cleanup(publisher.Close)
	certs, authority := newCertificates(t)
	endpoint := newEndpoint(t, certs, authority)
	testscript.Run(t, testscript.Params{
		Files: files,
		Setup: func(env *testscript.Env) error {
			env.Setenv("FEED", publisher.URL)
			env.Setenv("FEED_HOST", strings.TrimPrefix(publisher.URL, "http://"))
			env.Setenv("FEED_WITH_PASSWORD", strings.Replace(publisher.URL, "://", "://reader:juniper@", 1))
			env.Setenv("TEMPLATE", packagedTemplate)
			env.Setenv("CERTS", certs)
			env.Setenv("ENDPOINT", endpoint)
			env.Setenv("SSL_CERT_FILE", filepath.Join(certs, "roots.pem"))
			env.Setenv("SSL_CERT_DIR", "/nonexistent")
			env.Setenv("PORT", strconv.Itoa(freeport.Port(t)))
			env.Setenv("PORT2", strconv.Itoa(freeport.Port(t)))
			env.Setenv("LOCALE_WITHOUT_TEXTS", localeWithoutTexts(t))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exitsWith, "retry": retry},
	})
}

// localeWithoutTexts returns one of Alexa's locales that the catalog does not support.
func localeWithoutTexts(t *testing.T) string {
	t.Helper()
	for _, locale := range []string{"ja-JP", "ar-SA", "hi-IN"} {
		if !loadCatalog(t).Supports(locale) {
			return locale
		}
	}
	require.Fail(t, "every locale has texts: name another one in cmd/skill/script_test.go")
	return ""
}

// exitsWith runs a command and expects its exit status: "exits 2 skill serve extra".
func exitsWith(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND ARGUMENTS...")
	}
	got := 0
	err := ts.Exec(args[1], args[2:]...)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("%s exits with %d, not %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// retry runs a command until it succeeds: "retry skill healthcheck".
func retry(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 1 {
		ts.Fatalf("usage: retry COMMAND ARGUMENTS...")
	}
	var err error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = ts.Exec(args[0], args[1:]...); err == nil {
			return
		}
	}
	ts.Check(err)
}

func newPublisher(t *testing.T) http.Handler {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/feed/", simulator.ServeSampleFeed)
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><title>Blog</title><link rel="alternate" type="application/rss+xml" href="/feed/">`))
	})
	mux.HandleFunc("/two/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><title>Blog</title><link rel="alternate" type="application/rss+xml" href="/empty/" title="News">
<link rel="alternate" type="application/rss+xml" href="/comments/feed/" title="Comments">
<link rel="alternate" type="application/atom+xml" href="/feed/" title="The blog">`))
	})
	mux.HandleFunc("/private/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><link rel="alternate" type="application/rss+xml" href="http://169.254.169.254/feed/">`))
	})
	mux.HandleFunc("/login/", func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "reader" || password != "juniper" {
			w.Header().Set("WWW-Authenticate", "Basic")
			http.Error(w, "log in", http.StatusUnauthorized)
			return
		}
		simulator.ServeSampleFeed(w, r)
	})
	mux.HandleFunc("/page/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><title>Just a moment…</title>`))
	})
	mux.HandleFunc("/empty/", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<?xml version="1.0"?><rss version="2.0"><channel><title>Blog</title></channel></rss>`))
	})
	mux.HandleFunc("/ahead/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		simulator.ServeSampleFeed(w, r)
	})
	return mux
}

// newCertificates creates a good certificate for skill.example.com and one certificate for each fault. It returns their folder.
func newCertificates(t *testing.T) (string, *verifytest.Authority) {
	t.Helper()
	dir := t.TempDir()
	authority, err := verifytest.NewAuthority(time.Now())
	require.NoError(t, err)
	for name, template := range map[string]verifytest.CertificateTemplate{
		"good":     {},
		"soon":     {NotBefore: time.Now().AddDate(0, 0, -85), NotAfter: time.Now().Add(5 * 24 * time.Hour)},
		"expired":  {NotAfter: time.Now().Add(-time.Hour)},
		"other":    {Names: []string{"other.example.com"}},
		"wildcard": {Names: []string{"example.com", "*.example.com"}},
	} {
		if template.Names == nil {
			template.Names = []string{"skill.example.com"}
		}
		leaf, err := authority.Issue(template)
		require.NoError(t, err)
		writeFile(t, filepath.Join(dir, name+".pem"), verifytest.PEMBundle(leaf, authority.Intermediate))
		if name == "good" {
			writeFile(t, filepath.Join(dir, "incomplete.pem"), verifytest.PEMBundle(leaf))
		}
	}
	writeFile(t, filepath.Join(dir, "key.pem"), keyPEM(t, authority))
	writeFile(t, filepath.Join(dir, "roots.pem"), verifytest.PEMBundle(authority.Root))
	return dir, authority
}

// newEndpoint starts a real server with the good certificate. Amazon's bucket serves a chain of the same authority.
func newEndpoint(t *testing.T, certs string, authority *verifytest.Authority) (address string) {
	t.Helper()
	leaf, err := authority.Issue(verifytest.CertificateTemplate{})
	require.NoError(t, err)
	bucket := &verifytest.Bucket{}
	bucket.Put(verifytest.CertificateURL, verifytest.PEMBundle(leaf, authority.Intermediate))
	certificate, err := server.LoadCertificate(filepath.Join(certs, "good.pem"), filepath.Join(certs, "key.pem"))
	require.NoError(t, err)
	s := &server.Server{
		Address: "127.0.0.1:0", Certificate: certificate, Verifier: &verify.Verifier{Roots: authority.Pool(), Transport: bucket},
		Skills: []server.ServedSkill{{Name: "halfelf", Path: "/alexa/halfelf", ApplicationID: testSkillID}}, // its handler is never called
	}
	require.NoError(t, s.Listen(t.Context()))
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-served) })
	return s.Addr().String()
}

func writeFile(t testing.TB, name string, content []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(name, content, 0o600))
}

func TestDemoReportsUnexpectedAnswers(t *testing.T) {
	t.Parallel()
	publisher := httptest.NewServer(http.HandlerFunc(simulator.ServeSampleFeed))
	t.Cleanup(publisher.Close)
	var stdout strings.Builder
	d := &demoRun{environment: environment{stdout: &stdout, stderr: &stdout, getenv: os.LookupEnv, onExchange: panicOnInvalidResponse}, once: true, now: time.Now}
	wrong := []simulator.DemoStep{{Title: "a launch", Want: "Something else."}}
	require.ErrorIs(t, d.playAndServe(t.Context(), adHocSkill(publisher.URL), wrong), errReported)
	require.Contains(t, stdout.String(), "UNEXPECTED, want: Something else.")
	require.Contains(t, stdout.String(), "1 of 7 answers were not as expected.")
}

// TestReportsLostOutput writes output to a full disk. Each command must fail.
func TestReportsLostOutput(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	defer func() { _ = full.Close() }()
	for _, args := range [][]string{{"version"}, {"demo", "--once"}} {
		var stderr strings.Builder
		require.Equal(t, exitFailure, run(t.Context(), args, environment{stdout: full, stderr: &stderr, getenv: os.LookupEnv}), args)
		require.Contains(t, stderr.String(), "no space left on device")
	}
}
