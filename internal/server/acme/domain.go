package acme

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
)

// retryAfterFault is how long to wait after a fault that certmagic does not try again by itself, such as a full disk.
const retryAfterFault = 10 * time.Minute

var (
	// errRetryRequested ends an attempt for another one.
	errRetryRequested = errors.New("somebody asks for another attempt")
	// errUnusableFiles is that a certificate lies in Dir, and cannot be used.
	errUnusableFiles = errors.New("what is kept of the certificate")
)

// An domain is one name, its certificate, and what stands in its way.
type domain struct {
	name   string
	config *certmagic.Config
	log    *slog.Logger
	now    func() time.Time
	hasEAB bool          // the account is bound to one that the CA knows
	retry  chan struct{} // asks for another attempt at once

	discarded bool // what was kept was useless; attempt's own

	mu         sync.Mutex
	failure    error // of the last attempt that has ended; nil: it succeeded
	renewal    bool  // it was to renew what there is
	unreported bool  // it is of the attempt that is ending right now
}

// obtainWithRetries gets the certificate from the disk or from the CA, however often that fails, until ctx ends. It is what
// certmagic's ManageAsync does, in a goroutine that somebody waits for. certmagic waits longer from attempt to attempt,
// six hours at the most, and makes those after the first with Let's Encrypt's staging, which spares its rate limits.
func (d *domain) obtainWithRetries(ctx context.Context) (done bool) {
	for {
		err := d.obtainOnce(ctx)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if !errors.Is(err, errRetryRequested) {
			d.attemptEnded(err, retryAfterFault)
			d.waitForRetry(ctx, retryAfterFault)
		}
	}
}

func (d *domain) waitForRetry(ctx context.Context, pause time.Duration) {
	select {
	case <-ctx.Done():
	case <-d.retry:
	case <-time.After(pause):
	}
}

// obtainOnce ends when there is a certificate, when ctx ends, when somebody asks for another attempt, or with a fault that
// is not the CA's.
func (d *domain) obtainOnce(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var listening sync.WaitGroup
	listening.Go(func() {
		select {
		case <-ctx.Done():
		case <-d.retry:
			cancel(errRetryRequested)
		}
	})
	defer listening.Wait()
	defer cancel(nil)
	cert, err := d.config.CacheManagedCertificate(ctx, d.name)
	if d.isUnusable(err) {
		cert, err = d.discardUnusable(ctx, err)
	}
	if err == nil {
		d.log.Info("certificate loaded", "not_after", cert.Leaf.NotAfter)
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", errUnusableFiles, err)
	}
	if err := d.config.ObtainCertAsync(ctx, d.name); ctx.Err() != nil {
		return context.Cause(ctx)
	} else if err != nil {
		return err
	}
	_, err = d.config.CacheManagedCertificate(ctx, d.name)
	return err
}

// isUnusable tells whether what is kept can be read, and is no certificate with its key. That is once believed, as to remove
// it again and again would use up what the CA gives in a week.
func (d *domain) isUnusable(err error) bool {
	_, unread := errors.AsType[*fs.PathError](err)
	return err != nil && !unread && !d.discarded
}

// discardUnusable removes what is useless, so that another certificate can take its place. Certificate and key are two files: who
// is killed, or whose disk is cut off, while the first is renewed and the second is not, leaves two that do not fit. It
// has the lock under which certmagic writes them, lest another process is only halfway through.
func (d *domain) discardUnusable(ctx context.Context, why error) (certmagic.Certificate, error) {
	lock := "issue_cert_" + d.name
	if err := d.config.Storage.Lock(ctx, lock); err != nil {
		return certmagic.Certificate{}, err
	}
	defer func() { _ = d.config.Storage.Unlock(ctx, lock) }() // it is held: nothing can fail but the removal of its file
	cert, err := d.config.CacheManagedCertificate(ctx, d.name)
	if !d.isUnusable(err) {
		return cert, err
	}
	if err := d.config.Storage.Delete(ctx, certmagic.StorageKeys.CertsSitePrefix(d.config.Issuers[0].IssuerKey(), d.name)); err != nil {
		return cert, err
	}
	d.discarded = true
	d.log.Warn("what is kept of the certificate is of no use, another one is asked for", "error", why.Error())
	return cert, fs.ErrNotExist
}

// handleEvent is what certmagic calls when something has come out.
func (d *domain) handleEvent(ctx context.Context, handleEvent string, data map[string]any) error {
	renewal, _ := data["renewal"].(bool)
	switch {
	case handleEvent == "cert_obtained":
		d.recordResult(nil, renewal)
		message := "certificate issued"
		if renewal {
			message = "certificate renewed"
		}
		file, _ := data["certificate_path"].(string)
		d.log.Info(message, "not_after", d.readNotAfter(ctx, file))
	case handleEvent == "cert_failed" && ctx.Err() == nil: // else it was not the CA that ended it
		err, _ := data["error"].(error)
		d.recordResult(err, renewal)
		if ctx.Value(certmagic.AttemptsCtxKey) == nil {
			d.logFailure(0) // nobody will tell of the next attempt
		}
	}
	return nil
}

// readNotAfter reads when a certificate ends; the zero time where it cannot be read.
func (d *domain) readNotAfter(ctx context.Context, file string) time.Time {
	content, err := d.config.Storage.Load(ctx, file)
	if err != nil {
		return time.Time{}
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return time.Time{}
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return time.Time{}
	}
	return cert.NotAfter
}

// recordResult keeps how an attempt has come out.
func (d *domain) recordResult(err error, renewal bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failure, d.renewal, d.unreported = err, renewal, err != nil
}

// attemptEnded is told that an attempt has ended with err, and when the next one is; zero: not known. Mostly event has been told
// before, with an error that says more.
func (d *domain) attemptEnded(err error, next time.Duration) {
	d.mu.Lock()
	reported := d.unreported
	if d.unreported = false; !reported {
		d.failure = err
	}
	d.mu.Unlock()
	if !reported || next > 0 {
		d.logFailure(next)
	}
}

// lastFailure is what stands in the way of a certificate, with the remedy; nil: nothing.
func (d *domain) lastFailure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failure == nil {
		return nil
	}
	return fmt.Errorf("%s; %s", briefError(d.failure), remedyFor(d.failure, d.name, d.hasEAB))
}

// logFailure logs the last failure, a line an attempt.
func (d *domain) logFailure(next time.Duration) {
	d.mu.Lock()
	err, message := d.failure, "certificate not issued"
	if d.renewal {
		message = "certificate not renewed"
	}
	d.mu.Unlock()
	attrs := []any{"error", briefError(err), "remedy", remedyFor(err, d.name, d.hasEAB)}
	if next > 0 {
		attrs = append(attrs, "next_try", d.now().Add(next).UTC())
	}
	d.log.Error(message, attrs...)
}
