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

// retryAfterFault is the pause after an error that certmagic does not retry, such as a full disk.
const retryAfterFault = 10 * time.Minute

var (
	// errRetryRequested ends an attempt because a reload requests another one.
	errRetryRequested = errors.New("another attempt was requested")
	// errUnusableFiles is the error for certificate files in Dir that cannot be used.
	errUnusableFiles = errors.New("stored certificate is unusable")
)

// A domain gets and renews the certificate for one domain name, and stores the last error.
type domain struct {
	name   string
	config *certmagic.Config
	log    *slog.Logger
	now    func() time.Time
	hasEAB bool          // the account has an external account binding
	retry  chan struct{} // requests another attempt at once

	discarded bool // unusable files were removed once; only obtainOnce uses it

	mu         sync.Mutex
	failure    error // the error of the last attempt; nil: success
	renewal    bool  // the last attempt was a renewal
	unreported bool  // failure was recorded, and attemptEnded was not called yet
}

// obtainWithRetries gets the certificate from the disk or from the CA. It retries until success, or until ctx ends. It
// replaces certmagic's ManageAsync, because Watch could not wait for the goroutine of ManageAsync. certmagic increases the
// pause between attempts to at most six hours. To stay within the rate limits of Let's Encrypt, certmagic makes all attempts
// after the first one with Let's Encrypt's staging CA.
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

// obtainOnce returns when there is a certificate, when ctx ends, when another attempt is requested, or after an error that
// certmagic does not retry.
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

// isUnusable reports whether the stored files can be read, but are not a certificate with its key. After the first removal
// of unusable files it returns false, because repeated removals would use up the CA's weekly limit.
func (d *domain) isUnusable(err error) bool {
	_, unread := errors.AsType[*fs.PathError](err)
	return err != nil && !unread && !d.discarded
}

// discardUnusable removes unusable files, so that the CA can issue another certificate. Certificate and key are two files,
// so a process that is killed between the two writes leaves files that do not match. discardUnusable holds certmagic's lock
// for these files, because another process could be between the two writes.
func (d *domain) discardUnusable(ctx context.Context, why error) (certmagic.Certificate, error) {
	lock := "issue_cert_" + d.name
	if err := d.config.Storage.Lock(ctx, lock); err != nil {
		return certmagic.Certificate{}, err
	}
	defer func() { _ = d.config.Storage.Unlock(ctx, lock) }() // the lock is held, so only the removal of its file can fail
	cert, err := d.config.CacheManagedCertificate(ctx, d.name)
	if !d.isUnusable(err) {
		return cert, err
	}
	if err := d.config.Storage.Delete(ctx, certmagic.StorageKeys.CertsSitePrefix(d.config.Issuers[0].IssuerKey(), d.name)); err != nil {
		return cert, err
	}
	d.discarded = true
	d.log.Warn("stored certificate is unusable; requesting another one", "error", why.Error())
	return cert, fs.ErrNotExist
}

// handleEvent receives certmagic's events.
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
	case handleEvent == "cert_failed" && ctx.Err() == nil: // not caused by a shutdown or reload
		err, _ := data["error"].(error)
		d.recordResult(err, renewal)
		if ctx.Value(certmagic.AttemptsCtxKey) == nil {
			d.logFailure(0) // certmagic does not report a next attempt
		}
	}
	return nil
}

// readNotAfter returns when a certificate file expires, or the zero time if it cannot be read.
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

// recordResult records the result of an attempt.
func (d *domain) recordResult(err error, renewal bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failure, d.renewal, d.unreported = err, renewal, err != nil
}

// attemptEnded records and logs that an attempt ended with err. next is the time until the next attempt; zero means unknown.
// If handleEvent has already recorded an error for this attempt, that error is more detailed, and attemptEnded keeps it.
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

// lastFailure returns the error of the last attempt with its remedy, or nil.
func (d *domain) lastFailure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failure == nil {
		return nil
	}
	return fmt.Errorf("%s; %s", briefError(d.failure), remedyFor(d.failure, d.name, d.hasEAB))
}

// logFailure logs the last failure, one line per attempt.
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
