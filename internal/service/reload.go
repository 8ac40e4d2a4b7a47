package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"lastpost/internal/archive"
	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/server"
	"lastpost/internal/server/clients"
)

// reload loads the configuration and the certificate again, and polls the feeds. If any part of the configuration is
// invalid, nothing changes.
func (s *service) reload(ctx context.Context) {
	s.notify.notifyReloading()
	err := s.loadAndApply(ctx)
	for _, problem := range problemTexts(err) {
		s.log.Error("configuration reload failed; keeping the old configuration", "error", problem)
	}
	s.mu.Lock()
	s.reloadError = strings.Join(problemTexts(err), "; ")
	s.mu.Unlock()
	s.server.ReloadCertificates()
	s.checks.repeat()
	for _, b := range s.currentBlogs() {
		b.Refresher.PollNow()
	}
	if err == nil {
		s.log.Info("configuration reloaded", "skills", len(s.config.Skills))
		level, _ := assembly.ParseLevel(s.config.Log) // cannot fail: prepareReload has parsed it
		s.level.Set(level)
	}
	s.notify.notifyReady(s.statusSummary())
}

// problemTexts returns one text for each problem in err.
func problemTexts(err error) (texts []string) {
	if problems, ok := errors.AsType[config.Problems](err); ok {
		for _, p := range problems {
			texts = append(texts, p.String())
		}
		return texts
	}
	if err != nil {
		texts = append(texts, err.Error())
	}
	return texts
}

// loadAndApply replaces the current configuration with the configuration on disk. All steps that can fail come first, and
// a failure undoes them.
func (s *service) loadAndApply(ctx context.Context) error {
	next, err := assembly.LoadConfig(s.options.Config, s.options.Getenv)
	if err != nil {
		return err
	}
	if keys := restartOnlyKeys(s.config, next); len(keys) > 0 {
		return fmt.Errorf("%s: a reload cannot change this. Restart the service, or undo the change", strings.Join(keys, ", "))
	}
	p := &reloadPlan{config: next, newArchives: map[string]*archive.Archive{}}
	if err := s.prepareReload(ctx, p); err != nil {
		return errors.Join(err, p.rollBack())
	}
	s.applyPlan(ctx, p)
	return nil
}

// restartOnlyKeys returns the changed keys that a running service cannot apply: listeners, the data directory and the
// source of its certificate.
func restartOnlyKeys(old, next *config.Config) (keys []string) {
	for _, key := range []struct {
		name      string
		old, next any
	}{
		{"listen", old.Listen, next.Listen},
		{"public_url", defaultCertificateURL(old), defaultCertificateURL(next)},
		{"tls.mode", old.TLS.Mode, next.TLS.Mode},
		{"tls.domains", old.TLS.Domains, next.TLS.Domains},
		{"tls.email", old.TLS.Email, next.TLS.Email},
		{"tls.directory", old.TLS.Directory, next.TLS.Directory},
		{"tls.eab_key_id", old.TLS.EABKeyID, next.TLS.EABKeyID},
		{"tls.eab_key_file", old.TLS.EABKeyFile, next.TLS.EABKeyFile},
		{"tls.http_listen", old.TLS.HTTPListen, next.TLS.HTTPListen},
		{"data_dir", old.DataDir, next.DataDir},
		{"admin.listen", old.Admin.Listen, next.Admin.Listen},
		{"log.format", old.Log.Format, next.Log.Format},
	} {
		if !reflect.DeepEqual(key.old, key.next) {
			keys = append(keys, key.name)
		}
	}
	return keys
}

// defaultCertificateURL returns the public URL: clients without SNI get the certificate of its host. It returns "" if
// certificates do not come from a CA by ACME.
func defaultCertificateURL(c *config.Config) string {
	if c.TLS.Mode != config.TLSACME {
		return ""
	}
	return c.PublicURL
}

// A reloadPlan holds the prepared parts of a reload.
type reloadPlan struct {
	config      *config.Config
	level       slog.Level
	password    string
	proxy       clients.TrustedProxy
	certificate *server.ServingCertificate  // nil: same files as before
	linking     *accountLinking             // nil: account linking is off
	newArchives map[string]*archive.Archive // of new skills, by name
}

// prepareReload does every step of a reload that can fail, and stores the results in p.
func (s *service) prepareReload(ctx context.Context, p *reloadPlan) (err error) {
	if p.level, err = assembly.ParseLevel(p.config.Log); err != nil {
		return err
	}
	if err = s.checkLocales(p.config); err != nil {
		return err
	}
	if p.password, err = assembly.ReadPassword(p.config.Admin.PasswordFile); err != nil {
		return err
	}
	if private := s.server.PrivateAddr(); private != nil {
		if err := checkPrivateAddress(p.config.Admin, private); err != nil {
			return err
		}
	}
	if p.proxy, err = assembly.ParseProxy(p.config.Proxy); err != nil {
		return err
	}
	if old, next := s.config.TLS, p.config.TLS; next.CertFile != old.CertFile || next.KeyFile != old.KeyFile {
		if p.certificate, err = server.LoadCertificate(next.CertFile, next.KeyFile); err != nil {
			return err
		}
	}
	for _, skill := range p.config.Skills {
		if s.blogByName(skill.Name) != nil {
			continue
		}
		if p.newArchives[skill.Name], err = archive.Open(ctx, assembly.ArchiveFile(p.config.DataDir, skill)); err != nil {
			delete(p.newArchives, skill.Name)
			return err
		}
	}
	p.linking, err = s.newAccountLinking(p.config, s.linking)
	return err
}

// rollBack closes the archives that prepareReload opened.
func (p *reloadPlan) rollBack() (err error) {
	for _, posts := range p.newArchives {
		err = errors.Join(err, posts.Close())
	}
	return err
}

// applyPlan activates the new configuration. Unchanged skills continue. A changed skill stops polling for a moment, and
// then starts with the same archive. Requests in flight finish with the old settings.
func (s *service) applyPlan(ctx context.Context, p *reloadPlan) {
	var blogs, started []*runningBlog
	for _, skill := range p.config.Skills {
		b := s.blogByName(skill.Name)
		switch {
		case b == nil:
			b = s.newBlog(ctx, p.config, skill, p.newArchives[skill.Name])
			started = append(started, b)
		case !isSameSkill(s.config, p.config, b.Skill, skill):
			b.stop()
			b = s.newBlog(ctx, p.config, skill, b.Archive)
			started = append(started, b)
		}
		blogs = append(blogs, b)
	}
	removed := slices.DeleteFunc(s.currentBlogs(), func(b *runningBlog) bool {
		return slices.ContainsFunc(blogs, func(other *runningBlog) bool { return other.Archive == b.Archive })
	})
	s.level.Set(min(s.level.Level(), p.level)) // use the more detailed level until the reload has been logged
	if p.certificate != nil {
		s.server.Certificate.ReplaceWith(p.certificate)
	}
	s.mu.Lock()
	s.config, s.blogs = p.config, blogs
	s.mu.Unlock()
	s.server.UpdateSettings(server.Settings{
		Skills: serverSkills(blogs), Password: p.password, Proxy: p.proxy, Link: p.linking.serverLink(),
	})
	s.replaceLinking(p)
	for _, b := range started {
		b.start(ctx)
	}
	for _, b := range removed {
		b.stop()
		if err := b.Archive.Close(); err != nil {
			b.Log.Error("archive of a removed skill not closed", "error", err.Error())
		}
	}
}

// isSameSkill reports whether a skill has the same settings and endpoint in both configurations, so that its blog can
// continue.
func isSameSkill(old, next *config.Config, before, after config.Skill) bool {
	return reflect.DeepEqual(before, after) && old.EndpointURL(before) == next.EndpointURL(after)
}

// blogByName returns the current blog with this name, or nil.
func (s *service) blogByName(name string) *runningBlog {
	for _, b := range s.currentBlogs() {
		if b.Skill.Name == name {
			return b
		}
	}
	return nil
}
