package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
	"lastpost/internal/server"
)

func TestEABKey(t *testing.T) {
	const notBase64 = " is not base64url (A-Z, a-z, 0-9, - and _): write the key into it as the CA gave it, and nothing else"
	for _, row := range []struct{ claim, content, key, err string }{
		{"as the CA gave it", "zWND-_ZM6eQG", "zWND-_ZM6eQG", ""},
		{"with the end of the line", " zWND-_ZM6eQG\r\n", "zWND-_ZM6eQG", ""},
		{"with padding", "zWND-_ZM6eQGHA==\n", "zWND-_ZM6eQGHA", ""},
		{"nothing", "\n", "", " is empty: write the key that the CA gave you into it"},
		{"padding alone", "==", "", " is empty: write the key that the CA gave you into it"},
		{"base64 of the other alphabet", "zWND+/ZM", "", notBase64},
		{"the id in front", "kid-1: zWND", "", notBase64},
		{"a letter too few", "zWNDa", "", notBase64},
	} {
		t.Run(row.claim, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "key")
			require.NoError(t, os.WriteFile(file, []byte(row.content), 0o600))
			c := &config.Config{TLS: config.TLS{Mode: config.TLSACME, Domains: []string{"a.example.com"}, EABKeyID: "kid-1", EABKeyFile: file}}
			a, err := newACME(c)
			if row.err != "" {
				require.EqualError(t, err, "tls.eab_key_file "+file+row.err)
				require.Equal(t, []finding{{fail, "certificate", err.Error(), ""}}, checkCertificate(c, time.Now()))
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

func TestACMEOfTheConfiguration(t *testing.T) {
	c := &config.Config{
		PublicURL: "https://B.example.com", DataDir: "/data",
		TLS: config.TLS{
			Mode: config.TLSACME, Domains: []string{"a.example.com", "b.example.com", "c.example.com"},
			Email: "owner@example.com", Directory: "https://ca.example.com/dir", HTTPListen: ":80",
		},
		Skills: []config.Skill{{Path: "/alexa"}},
	}
	a, err := newACME(c)
	require.NoError(t, err)
	require.Equal(t, &server.ACME{
		Domains: []string{"b.example.com", "a.example.com", "c.example.com"}, // what Amazon is told, in front
		Email:   "owner@example.com", Directory: "https://ca.example.com/dir", HTTPListen: ":80", Dir: "/data/acme",
	}, a)
	require.Equal(t, "a.example.com", c.TLS.Domains[0])
	c.TLS.Mode = config.TLSOff
	a, err = newACME(c)
	require.NoError(t, err)
	require.Nil(t, a)
}

// TestCheckOfACME lays certificates where the service keeps those of its CA.
func TestCheckOfACME(t *testing.T) {
	now := time.Now()
	dir := t.TempDir()
	c := &config.Config{DataDir: dir, TLS: config.TLS{Mode: config.TLSACME, Domains: []string{"kept.example.com", "new.example.com", "damaged.example.com"}}}
	folder := filepath.Join(dir, "acme", "certificates", "acme-v02.api.letsencrypt.org-directory")
	keep := func(domain string, content []byte) {
		require.NoError(t, os.MkdirAll(filepath.Join(folder, domain), 0o700))
		for _, ending := range []string{".crt", ".key"} {
			require.NoError(t, os.WriteFile(filepath.Join(folder, domain, domain+ending), content, 0o600))
		}
	}
	made := t.TempDir()
	_, err := server.SelfSigned(made, []string{"kept.example.com"}, now)
	require.NoError(t, err)
	content, err := os.ReadFile(filepath.Join(made, "self-signed.pem"))
	require.NoError(t, err)
	keep("kept.example.com", content)
	keep("damaged.example.com", content[:40])

	findings := checkCertificate(c, now)
	require.Len(t, findings, 5)
	require.Equal(t, good, findings[0].Verdict)
	require.Contains(t, findings[0].Message, "364 days left")
	require.Equal(t, finding{good, "certificate host", "kept.example.com", ""}, findings[1])
	require.Equal(t, "certificate type", findings[2].Check)
	require.Equal(t, finding{warn, "certificate", "none yet for new.example.com",
		"the service gets it from the CA when it starts: TCP port 443 of new.example.com must lead there"}, findings[3])
	require.Equal(t, fail, findings[4].Verdict)
	require.Contains(t, findings[4].Remedy, "remove the folders named damaged.example.com below "+dir+"/acme/certificates")

	late := checkCertificate(c, now.Add(360*24*time.Hour))
	require.Equal(t, warn, late[0].Verdict)
	require.Equal(t, "the service renews it: see why not in its log, and in /readyz", late[0].Remedy)
}
