// Package acme gets the certificates of the public listener from a CA (RFC 8555), and renews them. It opens no listener:
// package server passes the CA's questions on to it.
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
	// defaultRenewInterval is how often a certificate is looked at for its renewal, whose time the CA says (RFC 9773).
	defaultRenewInterval = 10 * time.Minute
	// shutdownTimeout is how long Watch waits at its end for what is under way with the CA.
	shutdownTimeout = 12 * time.Second
	// cleanInterval and keepEnded bound what lies in Dir.
	cleanInterval, expiredGracePeriod = 24 * time.Hour, 30 * 24 * time.Hour
)

// ErrNoCertificate is why a handshake fails before the CA has issued anything. A certificate of our own making in its
// place would be refused by everybody too, and look like a mistake of another kind.
var ErrNoCertificate = errors.New("no certificate yet")

// A Manager has a certificate a domain, and renews them when the CA says. The CA's question is answered by the public
// listener (RFC 8737), which must be what the world reaches on port 443, or over plain HTTP. Other processes may share Dir:
// one of them asks the CA, and all answer it.
type Manager struct {
	Domains       []string       // whoever asks for another, or for none, is shown the first one's certificate
	Email         string         // where the CA may write to; "": nowhere
	Directory     string         // URL of the CA's directory; "": Let's Encrypt
	EABKeyID      string         // of the key that binds the account to one that the CA knows; "": none
	EABKey        string         // that key in base64url
	Dir           string         // holds accounts, keys and certificates, for their owner alone
	Roots         *x509.CertPool // who may vouch for the directory's server; nil: whom the system trusts
	RenewInterval time.Duration  // how often to see whether renewal is due; 0: ten minutes

	cache   *certmagic.Cache
	storage *storage
	domains []*domain
	now     func() time.Time
}

// CertificateFiles returns where Dir has the certificate of a domain and its key, whether or not they exist yet.
func (a *Manager) CertificateFiles(domain string) (certFile, keyFile string) {
	issuer := certmagic.ACMEIssuer{CA: cmp.Or(a.Directory, certmagic.LetsEncryptProductionCA)}
	site := strings.ToLower(domain)
	return filepath.Join(a.Dir, filepath.FromSlash(certmagic.StorageKeys.SiteCert(issuer.IssuerKey(), site))),
		filepath.Join(a.Dir, filepath.FromSlash(certmagic.StorageKeys.SitePrivateKey(issuer.IssuerKey(), site)))
}

// Prepare makes ready for handshakes, given the addresses of the public listener and of the one for HTTP-01 (RFC 8555,
// section 8.3), which is nil where there is none. Nothing is asked of the CA before Watch, and both listen by then.
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
			OCSP:    certmagic.OCSPConfig{DisableStapling: true}, // it is gone from the CAs, and would be asked for at start
		})
		d.config.Issuers = []certmagic.Issuer{a.newIssuer(d, public, plain)}
		a.domains = append(a.domains, d)
	}
}

// newIssuer is the CA. The addresses keep certmagic from listening by itself: it finds that somebody listens there already.
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

// listenHost is the host of an address that something listens at; "" is every one.
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
	return nil, fmt.Errorf("no domain of the certificate for %s", strings.Join(cert.Names, ", "))
}

// GetCertificate gives the certificate for the name that is asked for, and the first there is to whoever asks for another: an
// unrecognized_name alert makes Alexa give up. To the CA's question it gives the answer.
func (a *Manager) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	asked := a.findDomain(hello.ServerName)
	if slices.Equal(hello.SupportedProtos, []string{acmez.ACMETLS1Protocol}) {
		if asked == nil {
			return nil, fmt.Errorf("not a domain of this service: %q", hello.ServerName)
		}
		return asked.config.GetCertificateWithContext(hello.Context(), hello)
	}
	if asked != nil {
		if cert := a.newestCertificate(asked); cert != nil {
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

// findDomain is the one of that name; nil: none is.
func (a *Manager) findDomain(name string) *domain {
	for _, d := range a.domains {
		if strings.EqualFold(d.name, name) {
			return d
		}
	}
	return nil
}

// newestCertificate is the certificate of a domain; nil where there is none yet.
func (a *Manager) newestCertificate(d *domain) (newestCertificate *certmagic.Certificate) {
	for _, cert := range a.cache.AllMatchingCertificates(d.name) {
		if newestCertificate == nil || cert.Leaf.NotAfter.After(newestCertificate.Leaf.NotAfter) {
			newestCertificate = &cert
		}
	}
	return newestCertificate
}

// Protocols are what a handshake may agree on: the second is the CA's question.
func (a *Manager) Protocols() []string { return []string{"http/1.1", acmez.ACMETLS1Protocol} }

// Watch gets the certificates and keeps them new until ctx ends, and returns when nothing of it goes on.
func (a *Manager) Watch(ctx context.Context, log *slog.Logger) {
	var domains, loaded sync.WaitGroup
	loaded.Add(len(a.domains))
	for _, d := range a.domains {
		domains.Go(func() {
			done := d.obtainWithRetries(ctx)
			loaded.Done()
			if done {
				// What was found may be due for renewal: that is not to wait for the first look.
				_ = a.cache.RenewManagedCertificates(ctx) // says what is wrong by d's logger
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
	a.storage.waitUnlocked(shutdownTimeout)
}

// removeExpired removes the certificates that ended long ago, such as those of domains that are configured no more. By a clock that
// is years ahead, as of a machine without a battery that has just started, all have ended: so none is removed unless each
// of our own is valid.
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
		log.Warn("old certificates not removed", "error", err.Error())
	}
}

// Reload asks the CA at once for what is missing, as whoever has opened a port does not want to wait.
func (a *Manager) Reload(*slog.Logger) {
	for _, d := range a.domains {
		select {
		case d.retry <- struct{}{}:
		default:
		}
	}
}

// Names are the domains, the first of which is what Amazon is told.
func (a *Manager) Names() (names []string) {
	for _, d := range a.domains {
		names = append(names, d.name)
	}
	return names
}

// State returns when the certificate of one of Names ends, zero while there is none, and why there is none or no newer one.
func (a *Manager) State(name string) (notAfter time.Time, err error) {
	d := a.findDomain(name)
	if cert := a.newestCertificate(d); cert != nil {
		notAfter = cert.Leaf.NotAfter
	}
	return notAfter, d.lastFailure()
}

// ServeHTTP answers the CA's question over plain HTTP, and nothing else.
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
