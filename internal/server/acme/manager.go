// Package acme gets and renews the certificates of the public listener from a CA (RFC 8555). It does not open listeners:
// package server passes the CA's challenges to it.
package acme

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3"
	"github.com/mholt/acmez/v3/acme"
)

const (
	// defaultRenewInterval is the time between two checks for renewal. The CA determines when to renew (RFC 9773).
	defaultRenewInterval = 10 * time.Minute
	// shutdownTimeout limits how long Watch waits at its end for running requests to the CA.
	shutdownTimeout = 12 * time.Second
	// cleanInterval and expiredGracePeriod limit the number of files in Dir.
	cleanInterval, expiredGracePeriod = 24 * time.Hour, 30 * 24 * time.Hour
)

// ErrNoCertificate is the error of a handshake before the CA has issued a certificate. The Manager does not present a
// self-signed certificate instead: it would fail too, and would look like a wrong configuration.
var ErrNoCertificate = errors.New("no certificate yet")

// A Manager has one certificate per domain, and renews it when the CA requests it. The public listener, which must be
// reachable on port 443, answers the CA's challenges (TLS-ALPN-01, RFC 8737). A plain HTTP listener can answer them too
// (HTTP-01). Several processes can share Dir: one process orders the certificate, and all can answer the challenge.
type Manager struct {
	Domains       []string       // handshakes with an unknown name or none get the first domain's certificate
	Email         string         // contact address for the CA; "": none
	Directory     string         // URL of the CA's directory; "": Let's Encrypt
	EABKeyID      string         // ID of the key for external account binding; "": none
	EABKey        string         // the key for external account binding, in base64url
	Dir           string         // folder of accounts, keys and certificates, readable only by its owner
	Roots         *x509.CertPool // trusted roots for the directory's server; nil: the system's
	RenewInterval time.Duration  // time between two checks for renewal; 0: ten minutes

	cache   *certmagic.Cache
	storage *storage
	domains []*domain
	now     func() time.Time
}

// CertificateFiles returns the paths of a domain's certificate and key in Dir. The files may not exist yet.
func (a *Manager) CertificateFiles(domain string) (certFile, keyFile string) {
	issuer := certmagic.ACMEIssuer{CA: cmp.Or(a.Directory, certmagic.LetsEncryptProductionCA)}
	site := strings.ToLower(domain)
	return filepath.Join(a.Dir, filepath.FromSlash(certmagic.StorageKeys.SiteCert(issuer.IssuerKey(), site))),
		filepath.Join(a.Dir, filepath.FromSlash(certmagic.StorageKeys.SitePrivateKey(issuer.IssuerKey(), site)))
}

// Prepare initializes the manager for handshakes. public is the address of the public listener. plain is the address of the
// listener for HTTP-01 (RFC 8555, section 8.3); nil: none. The CA is not contacted before Watch.
func (a *Manager) Prepare(public, plain net.Addr, log *slog.Logger, now func() time.Time) {
	a.now = now
	a.storage = newStorage(a.Dir)
	a.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   a.configForCertificate,
		RenewCheckInterval: cmp.Or(a.RenewInterval, defaultRenewInterval),
		Logger:             newZapLogger(log),
	})
	for _, name := range a.Domains {
		d := &domain{
			name: strings.ToLower(name), log: log.With("domain", name), now: now,
			hasEAB: a.EABKeyID != "", retry: make(chan struct{}, 1),
		}
		d.config = certmagic.New(a.cache, certmagic.Config{
			Storage: a.storage,
			OnEvent: d.handleEvent,
			Logger:  d.zapLogger(),
			OCSP:    certmagic.OCSPConfig{DisableStapling: true}, // CAs have ended OCSP, and stapling would send a query at start
		})
		d.config.Issuers = []certmagic.Issuer{a.newIssuer(d, public, plain)}
		a.domains = append(a.domains, d)
	}
}

// newIssuer returns certmagic's client of the CA. It sets the listeners' addresses in this client, so that certmagic finds
// them in use and does not open its own listeners.
func (a *Manager) newIssuer(d *domain, public, plain net.Addr) *certmagic.ACMEIssuer {
	template := certmagic.ACMEIssuer{
		CA: a.Directory, Email: a.accountEmail(), Agreed: true, TrustedRoots: a.Roots, Logger: d.zapLogger(),
		DisableHTTPChallenge: plain == nil,
	}
	if a.EABKeyID != "" {
		template.ExternalAccount = &acme.EAB{KeyID: a.EABKeyID, MACKey: a.EABKey}
	}
	if tcp, ok := public.(*net.TCPAddr); ok {
		template.ListenHost, template.AltTLSALPNPort = listenHost(tcp), tcp.Port
	}
	if tcp, ok := plain.(*net.TCPAddr); ok {
		template.AltHTTPPort = tcp.Port
	}
	return certmagic.NewACMEIssuer(d.config, template)
}

// listenHost returns the host of a listener's address, or "" if it listens on all addresses.
func listenHost(addr *net.TCPAddr) string {
	if addr.IP.IsUnspecified() {
		return ""
	}
	return addr.IP.String()
}

func (a *Manager) configForCertificate(cert certmagic.Certificate) (*certmagic.Config, error) {
	for _, d := range a.domains {
		if slices.Contains(cert.Names, d.name) {
			return d.config, nil
		}
	}
	return nil, fmt.Errorf("no configured domain matches the certificate for %s", strings.Join(cert.Names, ", "))
}

// GetCertificate returns the certificate for the requested name. For other names it returns the first available certificate,
// because an unrecognized_name alert makes Alexa give up. For a TLS-ALPN-01 challenge it returns the challenge certificate.
func (a *Manager) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	requested := a.findDomain(hello.ServerName)
	if slices.Equal(hello.SupportedProtos, []string{acmez.ACMETLS1Protocol}) {
		if requested == nil {
			return nil, fmt.Errorf("not a domain of this service: %q", hello.ServerName)
		}
		return requested.config.GetCertificateWithContext(hello.Context(), hello)
	}
	if requested != nil {
		if cert := a.newestCertificate(requested); cert != nil {
			return &cert.Certificate, nil
		}
	}
	for _, d := range a.domains {
		if cert := a.newestCertificate(d); cert != nil {
			return &cert.Certificate, nil
		}
	}
	return nil, ErrNoCertificate
}

// findDomain returns the domain with this name, or nil.
func (a *Manager) findDomain(name string) *domain {
	for _, d := range a.domains {
		if strings.EqualFold(d.name, name) {
			return d
		}
	}
	return nil
}

// newestCertificate returns the certificate of d that expires last, or nil if there is none yet.
func (a *Manager) newestCertificate(d *domain) (newest *certmagic.Certificate) {
	for _, cert := range a.cache.AllMatchingCertificates(d.name) {
		if newest == nil || cert.Leaf.NotAfter.After(newest.Leaf.NotAfter) {
			newest = &cert
		}
	}
	return newest
}

// Protocols returns HTTP/1.1 and the protocol of TLS-ALPN-01 challenges.
func (a *Manager) Protocols() []string { return []string{"http/1.1", acmez.ACMETLS1Protocol} }

// Watch gets and renews the certificates until ctx ends. It returns when its goroutines have ended.
func (a *Manager) Watch(ctx context.Context, log *slog.Logger) {
	var domains, loaded sync.WaitGroup
	loaded.Add(len(a.domains))
	for _, d := range a.domains {
		domains.Go(func() {
			done := d.obtainWithRetries(ctx)
			loaded.Done()
			if done {
				// A loaded certificate may be due for renewal now. Do not wait for the first periodic check.
				_ = a.cache.RenewManagedCertificates(ctx) // logs its errors to d's logger
			}
		})
	}
	domains.Go(func() {
		loaded.Wait()
		a.removeExpired(ctx, log)
	})
	<-ctx.Done()
	domains.Wait()
	a.cache.Stop()
	a.storage.waitUntilUnlocked(shutdownTimeout)
}

// removeExpired removes certificates that expired long ago, for example of domains that were removed from the configuration.
// It does nothing unless all configured domains have a valid certificate: if the clock is wrong by years, all certificates
// seem expired.
func (a *Manager) removeExpired(ctx context.Context, log *slog.Logger) {
	for _, d := range a.domains {
		if cert := a.newestCertificate(d); ctx.Err() != nil || cert == nil || !a.now().Before(cert.Leaf.NotAfter) {
			return
		}
	}
	err := certmagic.CleanStorage(ctx, a.storage, certmagic.CleanStorageOptions{
		Logger: newZapLogger(log), Interval: cleanInterval, ExpiredCerts: true, ExpiredCertGracePeriod: expiredGracePeriod,
	})
	if err != nil {
		log.Warn("removal of expired certificates failed", "error", err.Error())
	}
}

// Reload starts another attempt for missing certificates at once, so that an operator who has just opened a port does not
// have to wait.
func (a *Manager) Reload(*slog.Logger) {
	for _, d := range a.domains {
		select {
		case d.retry <- struct{}{}:
		default:
		}
	}
}

// Names returns the domains. The first domain is the one that the operator enters in Amazon's console.
func (a *Manager) Names() (names []string) {
	for _, d := range a.domains {
		names = append(names, d.name)
	}
	return names
}

// State returns when the certificate for name expires, or the zero time if there is none, and the error of the last attempt.
func (a *Manager) State(name string) (notAfter time.Time, err error) {
	d := a.findDomain(name)
	if cert := a.newestCertificate(d); cert != nil {
		notAfter = cert.Leaf.NotAfter
	}
	return notAfter, d.lastFailure()
}

// ServeHTTP answers HTTP-01 challenges. All other requests get 404.
func (a *Manager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if d := a.findDomain(host); d != nil && d.config.Issuers[0].(*certmagic.ACMEIssuer).HandleHTTPChallenge(w, r) {
		return
	}
	http.NotFound(w, r)
}
