package assembly

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"lastpost/internal/config"
	"lastpost/internal/faultlog"
	"lastpost/internal/server"
	"lastpost/internal/server/acme"
	"lastpost/internal/server/clients"
	"lastpost/internal/verify"
)

// NewServer creates the server from the configuration.
func NewServer(c *config.Config, skills []server.ServedSkill, log *slog.Logger) (*server.Server, error) {
	certificate, err := loadCertificate(c)
	if err != nil {
		return nil, err
	}
	manager, err := NewACMEManager(c)
	if err != nil {
		return nil, err
	}
	password, err := ReadPassword(c.Admin.PasswordFile)
	if err != nil {
		return nil, err
	}
	proxy, err := ParseProxy(c.Proxy)
	if err != nil {
		return nil, err
	}
	s := &server.Server{
		Address: c.Listen, Certificate: certificate, PrivateAddress: c.Admin.Listen,
		Skills: skills, Password: password, Proxy: proxy,
		MaxConnections: connectionLimit(), Version: Version(), Log: log, Faults: &faultlog.Log{Logger: log},
		Verifier: &verify.Verifier{
			Dir:  filepath.Join(c.DataDir, "chains"),
			Warn: func(err error) { log.Warn("signing certificate", "error", err.Error()) },
		},
	}
	if manager != nil {
		s.Issuer, s.IssuerAddress = manager, c.TLS.HTTPListen
	}
	return s, nil
}

// ParseProxy parses the addresses and networks of trusted proxies.
func ParseProxy(c config.ProxyConfig) (clients.TrustedProxy, error) {
	p := clients.TrustedProxy{Header: c.Header}
	for _, text := range c.Trusted {
		network, err := netip.ParsePrefix(text)
		if addr, single := netip.ParseAddr(text); err != nil && single == nil {
			network, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return p, fmt.Errorf("proxy.trusted: %w", err)
		}
		p.Trusted = append(p.Trusted, network)
	}
	return p, nil
}

// connectionLimit returns the maximum number of public connections. It stays below the limit of open files, and leaves
// room for feeds, certificates and the other listener.
func connectionLimit() int {
	const useful, others = 1024, 64
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > useful+others {
		return useful
	}
	return max(1, int(limit.Cur)-others)
}

// loadCertificate returns nil if a proxy speaks TLS or a CA issues the certificates.
func loadCertificate(c *config.Config) (*server.ServingCertificate, error) {
	switch c.TLS.Mode {
	case config.TLSFiles:
		return server.LoadCertificate(c.TLS.CertFile, c.TLS.KeyFile)
	case config.TLSSelfSigned:
		return server.SelfSignedCertificate(c.DataDir, c.TLS.Domains, time.Now())
	}
	return nil, nil
}

// NewACMEManager returns nil if the certificate does not come from a CA.
func NewACMEManager(c *config.Config) (*acme.Manager, error) {
	if c.TLS.Mode != config.TLSACME {
		return nil, nil
	}
	key, err := readEABKey(c.TLS.EABKeyFile)
	if err != nil {
		return nil, err
	}
	return &acme.Manager{
		Domains: publicNameFirst(c.TLS.Domains, c.PublicHost()), Email: c.TLS.Email, Directory: c.TLS.Directory,
		EABKeyID: c.TLS.EABKeyID, EABKey: key, Dir: filepath.Join(c.DataDir, "acme"),
	}, nil
}

// publicNameFirst moves the host of the endpoint to the front. Clients without SNI get the certificate of the first
// domain.
func publicNameFirst(domains []string, host string) []string {
	at := slices.IndexFunc(domains, func(domain string) bool { return strings.EqualFold(domain, host) })
	if at < 1 {
		return domains
	}
	return slices.Concat(domains[at:at+1], domains[:at], domains[at+1:])
}

// readEABKey reads the key in the form that the CA gives: base64url, with or without padding. Errors do not contain any
// part of the key.
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
