package assembly

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lastpost/internal/config"
	"lastpost/internal/server/acme"
)

// NewACME gives nil where the certificate does not come from a CA.
func NewACME(c *config.Config) (*acme.Manager, error) {
	if c.TLS.Mode != config.TLSACME {
		return nil, nil
	}
	key, err := readEABKey(c.TLS.EABKeyFile)
	if err != nil {
		return nil, err
	}
	return &acme.Manager{
		Domains: defaultFirst(c.TLS.Domains, c.Host()), Email: c.TLS.Email, Directory: c.TLS.Directory,
		EABKeyID: c.TLS.EABKeyID, EABKey: key, Dir: filepath.Join(c.DataDir, "acme"),
	}, nil
}

// defaultFirst puts the name that Amazon is told to the front: its certificate is shown to those who ask for none.
func defaultFirst(domains []string, host string) []string {
	domains = slices.Clone(domains)
	at := slices.IndexFunc(domains, func(domain string) bool { return strings.EqualFold(domain, host) })
	if at < 1 {
		return domains
	}
	first := domains[at]
	return slices.Insert(slices.Delete(domains, at, at+1), 0, first)
}

// readEABKey reads the key as the CA gave it: base64url, with or without padding. No message has a part of it.
func readEABKey(file string) (string, error) {
	text, err := readSecret("tls.eab_key_file", file, "write the key that the CA gave you into it", "=")
	if _, invalid := base64.RawURLEncoding.DecodeString(text); invalid != nil {
		return "", fmt.Errorf("tls.eab_key_file %s is not base64url (A-Z, a-z, 0-9, - and _): "+
			"write the key into it as the CA gave it, and nothing else", file)
	}
	return text, err
}

// readSecret reads the file of a configuration's key, without white space around it and without padding at its end. It
// returns "" if no file is configured.
func readSecret(key, file, remedy, padding string) (string, error) {
	if file == "" {
		return "", nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	text := strings.TrimRight(strings.TrimSpace(string(content)), padding)
	if text == "" {
		return "", fmt.Errorf("%s %s is empty: %s", key, file, remedy)
	}
	return text, nil
}
