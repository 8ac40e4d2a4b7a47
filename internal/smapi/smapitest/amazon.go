// Package smapitest is a fake of Amazon for tests: the Skill Management API (SMAPI), Login with Amazon, the host of uploads,
// and an Alexa that calls the endpoint of a skill with signed requests. It refuses what Amazon refuses, with the same shape of
// answer.
//
// Imports and builds take a number of requests, not time: each GET of the API moves every running import and build one step.
// As at Amazon, an import replaces the file:// addresses of icons with https:// addresses, so the manifest at Amazon differs
// there from the package.
//
// What Amazon does is not known everywhere. The fields of Options choose where two behaviours are possible.
package smapitest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lastpost/internal/smapi/smapitest/lwa"
	"lastpost/internal/verify/verifytest"
)

// Options selects addresses and behaviour. Its zero value is usable.
type Options struct {
	// Address, LWAAddress and UploadAddress are the listeners of the API, of Login with Amazon and of uploads; "": a free
	// port of loopback.
	Address, LWAAddress, UploadAddress string
	// ImportPolls is the number of GET requests that an import takes; 0: 4. At least 3: without skill id, with it, the end.
	ImportPolls int
	// BuildPolls is the number of GET requests that a change of a manifest or model takes outside of an import; 0: 2.
	BuildPolls int
	// TokenLife is the life of an access token; 0: one hour. UploadLife is that of an upload URL; 0: 10 minutes.
	TokenLife, UploadLife time.Duration
	// RefusePKCE makes Login with Amazon refuse a code challenge.
	RefusePKCE bool
	// LeaveFailedSkill leaves a skill at Amazon if its creation by import fails.
	LeaveFailedSkill bool
	// RedirectManifest always answers the GET of a manifest with 303 and the address of the skill's status.
	RedirectManifest bool
	// StaleStatus keeps the status of an old failure beside the success of a newer import.
	StaleStatus bool
	// PageSize is the number of skills of a page of the list; 0: what the request asks for.
	PageSize int
}

// Amazon is the running fake. Its methods are safe for concurrent use.
type Amazon struct {
	*lwa.Login // LWAURL is its base address

	// URL is the base address of the API, UploadURL that of uploads.
	URL, UploadURL string

	options   Options
	authority *verifytest.Authority
	signer    verifytest.Signer
	bucket    *verifytest.Bucket

	servers  []*http.Server
	serving  sync.WaitGroup
	stop     context.CancelFunc
	stopping context.Context //nolint:containedctx // ends the delays and simulations of a server that stops

	offset atomic.Int64 // of the fake's clock

	mu sync.Mutex
	state
}

// New starts a fake that runs until the test ends.
func New(t testing.TB) *Amazon {
	t.Helper()
	return NewWith(t, Options{})
}

// NewWith is New with options.
func NewWith(t testing.TB, o Options) *Amazon {
	t.Helper()
	a, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// Start starts a fake. The caller closes it.
func Start(o Options) (*Amazon, error) {
	a := &Amazon{options: o.withDefaults(), state: newState()}
	a.Login = lwa.New(a.now)
	a.TokenLife, a.RefusePKCE = a.options.TokenLife, o.RefusePKCE
	var err error
	if a.authority, a.signer, a.bucket, err = verifytest.NewAlexa(time.Now()); err != nil {
		return nil, err
	}
	a.stopping, a.stop = context.WithCancel(context.Background())
	err = errors.Join(
		a.serve(o.Address, &a.URL, PartAPI, a.serveAPI()),
		a.serve(o.LWAAddress, &a.LWAURL, PartLWA, a.Handler()),
		a.serve(o.UploadAddress, &a.UploadURL, PartUpload, a.serveUploads()),
	)
	if err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

func (o Options) withDefaults() Options {
	setDefault(&o.ImportPolls, 4)
	setDefault(&o.BuildPolls, 2)
	setDefault(&o.TokenLife, time.Hour)
	setDefault(&o.UploadLife, 10*time.Minute)
	o.ImportPolls = max(o.ImportPolls, 3)
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// serve starts one server and stores its address.
func (a *Amazon) serve(address string, url *string, part Part, handler http.Handler) error {
	setDefault(&address, "127.0.0.1:0")
	listener, err := (&net.ListenConfig{}).Listen(a.stopping, "tcp", address)
	if err != nil {
		return err
	}
	*url = "http://" + listener.Addr().String()
	server := &http.Server{Handler: a.record(part, handler), ReadHeaderTimeout: time.Minute}
	a.servers = append(a.servers, server)
	a.serving.Go(func() { _ = server.Serve(listener) })
	return nil
}

// Close stops the servers and waits for them.
func (a *Amazon) Close() {
	a.mu.Lock()
	a.stop() // no simulation starts from now on
	a.mu.Unlock()
	for _, server := range a.servers {
		_ = server.Close()
	}
	a.serving.Wait()
}

// now returns the time of the fake.
func (a *Amazon) now() time.Time { return time.Now().Add(time.Duration(a.offset.Load())) }
