// Package service runs the process. It starts the parts that internal/assembly creates, reloads the configuration on
// SIGHUP, reports to systemd, and stops all parts. It does not answer requests itself.
package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"lastpost/internal/archive"
	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/doctor"
	"lastpost/internal/doctor/access"
	"lastpost/internal/inspect"
	"lastpost/internal/phrases"
	"lastpost/internal/server"
	"lastpost/internal/server/acme"
)

// Options are the inputs of Serve.
type Options struct {
	Config         string // path; "": see assembly.LoadConfig
	Getenv         func(name string) (value string, set bool)
	Log            io.Writer
	RequestSpacing time.Duration // minimum time between two requests to a publisher; 0: the default of crawl.Refresher
	Network        doctor.Network
}

// A service is the running process.
type service struct {
	options Options
	log     *slog.Logger
	level   *slog.LevelVar
	book    *phrases.Catalog
	notify  *notifier
	server  *server.Server
	lock    *dataDirLock
	checks  *selfChecker

	recorder  *inspect.RequestRecorder // nil: there is no private listener
	callTimes lastRequestFile

	mu          sync.Mutex // guards the fields below, which a reload changes
	config      *config.Config
	blogs       []*runningBlog
	linking     *accountLinking // nil: account linking is off
	reloadError string          // why the last reload failed; "": it succeeded
}

// Serve runs the service until ctx ends.
func Serve(ctx context.Context, o Options) (err error) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)

	notify, err := newNotifier()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, notify.close()) }()
	s := &service{options: o, notify: notify}
	defer func() { err = errors.Join(err, s.closeAll()) }()
	if err := s.openAndListen(ctx); err != nil {
		return err
	}
	logListening(s.log, s.config, s.server)
	return s.runUntilDone(ctx, hangup)
}

// openAndListen prepares everything that can fail and starts to listen. If it fails, closeAll must still be called.
func (s *service) openAndListen(ctx context.Context) error {
	handed, err := inheritSockets()
	if err != nil {
		return err
	}
	if err = s.buildFromConfig(ctx); err == nil {
		err = s.useInherited(handed)
	}
	if err != nil {
		return errors.Join(err, handed.close())
	}
	return explainListenError(s.server.Listen(ctx))
}

// buildFromConfig creates the parts of the service from its configuration.
func (s *service) buildFromConfig(ctx context.Context) (err error) {
	if s.config, err = assembly.LoadConfig(s.options.Config, s.options.Getenv); err != nil {
		return err
	}
	if s.log, s.level, err = assembly.NewLog(s.options.Log, s.config.Log); err != nil {
		return err
	}
	if s.book, err = phrases.Load(); err != nil {
		return err
	}
	if err = assembly.CheckDataDir(s.config.DataDir); err != nil {
		return err
	}
	if err = assembly.RestrictDataDir(s.config.DataDir); err != nil {
		return err
	}
	if s.lock, err = lockDataDir(s.config.DataDir, syscall.Flock, s.log); err != nil {
		return err
	}
	if err = s.checkLocales(s.config); err != nil {
		return err
	}
	for _, skill := range s.config.Skills {
		posts, err := archive.Open(ctx, assembly.ArchiveFile(s.config.DataDir, skill))
		if err != nil {
			return err
		}
		s.blogs = append(s.blogs, s.newBlog(ctx, s.config, skill, posts))
	}
	if s.server, err = assembly.NewServer(s.config, serverSkills(s.blogs), s.log); err != nil {
		return err
	}
	s.checks = newSelfChecker(s)
	s.server.SelfChecks = s.checks.states
	s.setUpInspector()
	if s.linking, err = s.newAccountLinking(s.config, nil); err != nil {
		return err
	}
	s.server.Link = s.linking.serverLink()
	return nil
}

// checkLocales refuses a configuration with a language that the service does not speak.
func (s *service) checkLocales(c *config.Config) (err error) {
	for _, skill := range c.Skills {
		err = errors.Join(err, assembly.CheckLocales(skill, s.book))
	}
	return err
}

// useInherited passes the sockets from systemd to the server. They replace the addresses of the configuration.
func (s *service) useInherited(handed inheritedSockets) error {
	if private := handed[privateSocket]; private != nil {
		if err := checkPrivateAddress(s.config.Admin, private.Addr()); err != nil {
			return fmt.Errorf("inherited socket %q: %w", privateSocket, err)
		}
		s.server.PrivateListener = private
	}
	if listener := handed[publicSocket]; listener != nil {
		s.server.Listener = listener
	}
	if listener := handed[httpSocket]; listener != nil {
		if s.server.Issuer != nil && s.config.TLS.HTTPListen != "" {
			s.server.IssuerListener = listener
			return nil
		}
		return fmt.Errorf("inherited socket %q: tls.http_listen is not set", httpSocket)
	}
	return nil
}

// runUntilDone runs all parts until ctx ends, and reloads on SIGHUP.
func (s *service) runUntilDone(ctx context.Context, hangup <-chan os.Signal) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, b := range s.blogs {
		b.start(ctx)
	}
	group.Go(func() error { return s.server.Serve(ctx) })
	if s.recorder != nil {
		group.Go(func() error { s.recorder.Run(ctx); return nil })
		group.Go(func() error { s.saveLastCallsEveryMinute(ctx); return nil })
	}
	group.Go(func() error { limitMemory(ctx, s.options.Getenv, s.postCount); return nil })
	group.Go(func() error { s.notifySystemd(ctx); return nil })
	group.Go(func() error { s.checks.run(ctx); return nil })
	group.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				s.log.Info("stopping; waiting for open requests")
				return nil
			case <-hangup:
				s.reload(ctx)
			}
		}
	})
	err := group.Wait()
	s.saveLastCalls()
	for _, b := range s.blogs {
		b.stop()
	}
	s.log.Info("stopped")
	return err
}

// closeAll closes the archives and the link recorder, and unlocks data_dir. Call it only after runUntilDone has returned.
func (s *service) closeAll() (err error) {
	for _, b := range s.blogs {
		err = errors.Join(err, b.Archive.Close())
	}
	return errors.Join(err, s.linking.close(), s.lock.release())
}

// currentBlogs returns a copy of the current list of blogs. A reload can change the list.
func (s *service) currentBlogs() []*runningBlog {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.blogs)
}

// postCount returns how many posts are in memory.
func (s *service) postCount() (count int) {
	for _, b := range s.currentBlogs() {
		count += b.Archive.Len()
	}
	return count
}

// statusSummary returns the state of the service in one line.
func (s *service) statusSummary() string {
	blogs := s.currentBlogs()
	skills := "skills"
	if len(blogs) == 1 {
		skills = "skill"
	}
	parts := []string{fmt.Sprintf("%d %s, %d posts", len(blogs), skills, s.postCount())}
	s.mu.Lock()
	if s.reloadError != "" {
		parts = append(parts, "configuration reload failed: "+s.reloadError)
	}
	s.mu.Unlock()
	parts = append(parts, s.checks.faults()...)
	for _, b := range blogs {
		if err := b.FeedStatus().Err; err != nil {
			parts = append(parts, fmt.Sprintf("%s: %v", b.Skill.Name, err))
		}
	}
	return strings.Join(parts, "; ")
}

// explainListenError adds the remedy. It returns nil if err is nil.
func explainListenError(err error) error {
	failed, ok := errors.AsType[*net.OpError](err)
	if !ok {
		return err
	}
	address, ok := failed.Addr.(*net.TCPAddr)
	if !ok {
		return err
	}
	if owner := (access.Host{}).PortOwner(address.Port); errors.Is(err, syscall.EADDRINUSE) && owner != "" {
		return fmt.Errorf("%w; %s listens there: stop it, or choose another address", err, owner)
	}
	if _, remedy := (access.Host{}).ListenProblem("the listener", address.Port, err); remedy != "" {
		return fmt.Errorf("%w; %s", err, remedy)
	}
	return err
}

// logListening logs the listening addresses and the endpoints to enter in Amazon's console.
func logListening(log *slog.Logger, c *config.Config, s *server.Server) {
	private := "none"
	if s.PrivateAddr() != nil {
		private = s.PrivateAddr().String()
	}
	log.Info("listening", "public", s.Addr().String(), "private", private, "tls", string(c.TLS.Mode), "version", assembly.Version())
	logACME(log, s)
	for _, skill := range c.Skills {
		endpoint := cmp.Or(c.EndpointURL(skill), "unknown: set public_url")
		log.Info("skill", "skill", skill.Name, "path", skill.Path, "endpoint", endpoint, "feed", skill.Feed.String())
		if skill.ApplicationID == config.PlaceholderID {
			log.Warn("skill id missing; requests of Alexa are refused", "skill", skill.Name,
				"remedy", "run the command deploy of this program, or copy the skill's id from Amazon's developer console into "+
					"application_id and reload")
		}
	}
	logLinking(log, c)
}

// logACME logs the source of the certificates, if a CA issues them.
func logACME(log *slog.Logger, s *server.Server) {
	a, ok := s.Issuer.(*acme.Manager)
	if !ok {
		return
	}
	log.Info("certificates from a CA", "domains", strings.Join(a.Domains, " "),
		"directory", cmp.Or(a.Directory, "Let's Encrypt"), "http_listen", s.IssuerAddress, "dir", a.Dir)
}

// logLinking logs the two account-linking addresses to enter in Amazon's console.
func logLinking(log *slog.Logger, c *config.Config) {
	if !c.AccountLinking.Enabled() {
		return
	}
	authorize, token := c.LinkURLs()
	if authorize == "" {
		authorize, token = "unknown: set public_url", "unknown: set public_url"
	}
	log.Info("account linking", "authorization_uri", authorize, "access_token_uri", token, "record", c.AccountLinking.Record)
}

// A runningBlog is a blog whose feed is polled after start and until stop.
type runningBlog struct {
	*assembly.Blog
	stop func() // ends the goroutine of start and waits for it
}

// start polls the feed until ctx ends or stop is called. The caller must call stop in any case.
func (b *runningBlog) start(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.Run(ctx)
	}()
	b.stop = func() { cancel(); <-ended }
}

// serverSkills converts blogs to the skills that the server routes to.
func serverSkills(blogs []*runningBlog) (skills []server.ServedSkill) {
	for _, b := range blogs {
		skills = append(skills, b.ServerSkill())
	}
	return skills
}

// newBlog creates the blog of a configured skill on its open archive.
func (s *service) newBlog(ctx context.Context, c *config.Config, skill config.Skill, posts *archive.Archive) *runningBlog {
	endpoint := c.EndpointURL(skill)
	b := &runningBlog{Blog: assembly.NewBlog(ctx, skill, posts, assembly.UserAgent(endpoint), s.book, s.log, time.Now)}
	b.Endpoint, b.Refresher.Spacing = endpoint, s.options.RequestSpacing
	if endpoint == "" {
		return b
	}
	if err := b.SubscribeToHub(ctx, endpoint); err != nil {
		b.Log.Warn("hub subscription state unreadable; subscribing again", "error", err)
	}
	return b
}
