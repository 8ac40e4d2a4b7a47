package assembly

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
	"lastpost/internal/server/acme"
)

func TestEABKey(t *testing.T) {
	const notBase64 = " is not base64url (A-Z, a-z, 0-9, - and _): write the key into it as the CA gave it, and nothing else"
	for _, row := range []struct{ claim, content, key, err string }{
		{"the key as the CA gave it", "zWND-_ZM6eQG", "zWND-_ZM6eQG", ""},
		{"with a line ending", " zWND-_ZM6eQG\r\n", "zWND-_ZM6eQG", ""},
		{"with padding", "zWND-_ZM6eQGHA==\n", "zWND-_ZM6eQGHA", ""},
		{"an empty file", "\n", "", " is empty: write the key that the CA gave you into it"},
		{"only padding", "==", "", " is empty: write the key that the CA gave you into it"},
		{"base64 with the standard alphabet", "zWND+/ZM", "", notBase64},
		{"the id before the key", "kid-1: zWND", "", notBase64},
		{"a missing character", "zWNDa", "", notBase64},
	} {
		t.Run(row.claim, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "key")
			require.NoError(t, os.WriteFile(file, []byte(row.content), 0o600))
			c := &config.Config{TLS: config.TLS{Mode: config.TLSACME, Domains: []string{"a.example.com"}, EABKeyID: "kid-1", EABKeyFile: file}}
			a, err := NewACMEManager(c)
			if row.err != "" {
				require.EqualError(t, err, "tls.eab_key_file "+file+row.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, row.key, a.EABKey)
			require.Equal(t, "kid-1", a.EABKeyID)
		})
	}
	_, err := readEABKey("/nosuch")
	require.EqualError(t, err, "tls.eab_key_file: open /nosuch: no such file or directory")
}

func TestACMEManagerFromConfig(t *testing.T) {
	c := &config.Config{
		PublicURL: "https://B.example.com", DataDir: "/data",
		TLS: config.TLS{
			Mode: config.TLSACME, Domains: []string{"a.example.com", "b.example.com", "c.example.com"},
			Email: "owner@example.com", Directory: "https://ca.example.com/dir", HTTPListen: ":80",
		},
		Skills: []config.Skill{{Path: "/alexa"}},
	}
	a, err := NewACMEManager(c)
	require.NoError(t, err)
	require.Equal(t, &acme.Manager{
		Domains: []string{"b.example.com", "a.example.com", "c.example.com"}, // the public name first
		Email:   "owner@example.com", Directory: "https://ca.example.com/dir", Dir: "/data/acme",
	}, a)
	require.Equal(t, "a.example.com", c.TLS.Domains[0])
	c.TLS.Mode = config.TLSOff
	a, err = NewACMEManager(c)
	require.NoError(t, err)
	require.Nil(t, a)
}
