package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed/feedtest"
)

// documentedOutput returns the output that a page shows for a command. It joins continuation lines, which are indented.
func documentedOutput(t *testing.T, page, command string) string {
	t.Helper()
	_, printed, found := strings.Cut(manualPages(t)[page], "\n$ "+command+"\n")
	require.True(t, found, "%s does not print %q", page, command)
	printed, _, _ = strings.Cut(printed, "\n```")
	printed, _, _ = strings.Cut(printed, "\n$ ")
	return regexp.MustCompile(`\n {9,}`).ReplaceAllString(printed, " ")
}

// normalizeTimes replaces dates and durations, which differ between runs.
func normalizeTimes(text string) string {
	text = regexp.MustCompile(`\d{4}-\d\d-\d\d`).ReplaceAllString(text, "DAY")
	text = regexp.MustCompile(`\d+ days left`).ReplaceAllString(text, "N days left")
	return regexp.MustCompile(`\b\d+(ms|s)\b`).ReplaceAllString(text, "TIME")
}

// TestManualsCheck runs the check of docs/vps.md with its configuration and a similar blog, and compares the output.
func TestManualsCheck(t *testing.T) {
	blog := &feedtest.Publisher{Kind: feedtest.WordPress, Posts: 120}
	plain := regexp.MustCompile(`http://127[^/]+/(wp-content|audio)/`) // Alexa fetches only https
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<link rel="alternate" type="application/rss+xml" href="/feed/">`))
			return
		}
		answer := httptest.NewRecorder()
		blog.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.Code)
		_, _ = w.Write(plain.ReplaceAll(answer.Body.Bytes(), []byte("https://halfelf.org/$1/")))
	}))
	t.Cleanup(site.Close)

	var configuration string
	for _, block := range fencedBlocks(manualPages(t)["docs/vps.md"], "yaml") {
		if strings.Contains(block, "mode: acme") {
			configuration = strings.Replace(block, "https://halfelf.org/", site.URL+"/", 1)
		}
	}
	require.NotEmpty(t, configuration)
	dir := t.TempDir()
	file, data := filepath.Join(dir, "skill.yaml"), filepath.Join(dir, "data")
	writeFile(t, file, []byte("data_dir: "+data+"\n"+configuration))
	var out, stderr bytes.Buffer
	env := environment{name: packagedName, stdout: &out, stderr: &stderr, getenv: os.LookupEnv, network: testNetwork(), requestSpacing: 1}
	require.Equal(t, exitOK, run(t.Context(), []string{"check", "--config", file}, env), out.String()+stderr.String())
	output := strings.NewReplacer(site.URL, "https://halfelf.org", data, "/var/lib/skill").Replace(strings.TrimSpace(out.String()))
	require.Equal(t, normalizeTimes(documentedOutput(t, "docs/vps.md", "sudo lastpost check")), normalizeTimes(output))
}

// TestManualsLog checks that each documented log line has a message and keys that exist in the code.
func TestManualsLog(t *testing.T) {
	code := programSource(t)
	found := 0
	for name, page := range manualPages(t) {
		for _, printed := range regexp.MustCompile(`(?m)^\{"level".*\}$`).FindAllString(page, -1) {
			line := map[string]any{}
			require.NoError(t, json.Unmarshal([]byte(printed), &line), name)
			for key := range line {
				if key != "time" && key != "level" && key != "message" { // zerolog writes these
					require.Contains(t, code, `"`+key+`"`, "%s: %s", name, printed)
				}
			}
			require.Contains(t, code, `"`+line["message"].(string)+`"`, "%s: %s", name, printed)
			found++
		}
	}
	require.GreaterOrEqual(t, found, 8)
}

// programSource returns the program's source without tests.
func programSource(t *testing.T) string {
	t.Helper()
	var code strings.Builder
	for _, root := range []string{".", filepath.Join(top, "internal")} {
		require.NoError(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			code.Write(text)
			return err
		}))
	}
	return code.String()
}

// TestManualsProxies checks that all documents and the proxies in deploy/ use the same address of the service.
func TestManualsProxies(t *testing.T) {
	pages, checked := manualPages(t), 0
	for _, file := range []string{"deploy/nginx/skill.conf", "deploy/caddy/Caddyfile"} {
		text, err := os.ReadFile(filepath.Join(top, file))
		require.NoError(t, err)
		require.Contains(t, string(text), "proxy: {header: X-Real-IP}")
		pages[file] = string(text)
	}
	for name, page := range pages {
		for _, address := range regexp.MustCompile("(?m)(?:^|[`\\s])(?:listen: |proxy_pass http://|reverse_proxy )(127\\.0\\.0\\.1:\\d+)").FindAllStringSubmatch(page, -1) {
			require.Equal(t, "127.0.0.1:8080", address[1], name)
			checked++
		}
	}
	require.GreaterOrEqual(t, checked, 6)
}
