package assembly_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/linkproxy"
)

func TestSecretOfSignIns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	key := strings.Repeat("k7", 16)
	for _, row := range []struct {
		claim            string
		content, mode    string
		kubernetes       bool
		withoutFile      bool
		wantKey, wantErr string
	}{
		{claim: "the file's text without its last line end", content: key + "\n", wantKey: key},
		{claim: "too short", content: key[1:], wantErr: "has 31 characters: write a random text of at least 32 characters into it"},
		{claim: "an empty file", content: "\n", wantErr: "account_linking.key_file"},
		{claim: "one process needs no key", withoutFile: true},
		{claim: "several pods need a key", withoutFile: true, kubernetes: true, wantErr: "account_linking.key_file is missing: in Kubernetes"},
		{claim: "several pods that redirect need none", withoutFile: true, kubernetes: true, mode: string(linkproxy.Redirect)},
		{claim: "several pods with a key", content: key, kubernetes: true, wantKey: key},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.NoError(t, os.WriteFile(file, []byte(row.content), 0o600))
			a := config.AccountLinking{
				Path: "/link", AuthorizationURL: "https://id.example.com/authorize", TokenURL: "https://id.example.com/token",
				Authorize: row.mode, KeyFile: file,
			}
			if row.withoutFile {
				a.KeyFile = ""
			}
			proxy, err := assembly.NewLinkProxy(a, row.kubernetes, nil, nil)
			if row.wantErr != "" {
				require.ErrorContains(t, err, row.wantErr)
				require.NotContains(t, err.Error(), "k7k7", "an error does not contain the key")
				return
			}
			require.NoError(t, err)
			require.Equal(t, row.wantKey, string(proxy.Secret))
		})
	}
}
