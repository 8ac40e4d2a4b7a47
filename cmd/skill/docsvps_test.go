package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

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
	require.GreaterOrEqual(t, found, 1)
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
	for _, file := range []string{"deploy/nginx/skill.conf", "deploy/caddy/Caddyfile", "deploy/traefik/skill.yaml"} {
		text, err := os.ReadFile(filepath.Join(top, file))
		require.NoError(t, err)
		require.Contains(t, string(text), "proxy: {header: X-Real-IP}")
		pages[file] = string(text)
	}
	for name, page := range pages {
		for _, address := range regexp.MustCompile("(?m)(?:^|[`\\s])(?:listen: |proxy_pass http://|reverse_proxy |url: http://)(127\\.0\\.0\\.1:\\d+)").FindAllStringSubmatch(page, -1) {
			require.Equal(t, "127.0.0.1:8080", address[1], name)
			checked++
		}
	}
	require.GreaterOrEqual(t, checked, 6)
}
