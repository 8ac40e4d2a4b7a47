package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"lastpost/internal/config"
	"lastpost/internal/phrases"
)

//go:embed sample.xml
var sampleFeed []byte

// sampleNow is what the clock shows in the demonstration of the sample blog, so that it always comes out the same:
// Saturday, 14 March 2026.
func sampleNow() time.Time { return time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC) }

func newDemo(w world) *cobra.Command {
	var feed string
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Play Alexa against the real server on this machine",
		Long: `Play Alexa against the real server on this machine: it needs no account, domain, certificate or network. The requests
are really signed, under a certificate authority that is made for this run, and some of them are forged. Ends with 0 when
every answer came out as expected. Without --once the server then stays up until it is interrupted.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if feed == "" {
				return demoSample(cmd.Context(), w, once)
			}
			d := &demo{world: w, once: once, now: time.Now}
			return d.run(cmd.Context(), adHoc(feed), anyConversation())
		},
	}
	cmd.Flags().StringVar(&feed, "feed", "", "use the blog of this feed or page instead of the sample blog")
	cmd.Flags().BoolVar(&once, "once", false, "end after the conversation")
	return cmd
}

// demoSample serves the sample blog on loopback, since a feed is something that is fetched.
func demoSample(ctx context.Context, w world, once bool) (err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	publisher := &http.Server{Handler: http.HandlerFunc(serveSample), ReadHeaderTimeout: time.Second}
	served := make(chan error, 1)
	go func() { served <- publisher.Serve(listener) }()
	defer func() {
		err = errors.Join(err, publisher.Close())
		if end := <-served; !errors.Is(end, http.ErrServerClosed) {
			err = errors.Join(err, end)
		}
	}()
	began := time.Now()
	d := &demo{world: w, once: once, now: func() time.Time { return sampleNow().Add(time.Since(began)) }}
	skill := adHoc("http://" + listener.Addr().String() + "/feed/")
	skill.InvocationName = "half elf"
	return d.run(ctx, skill, sampleConversation())
}

func serveSample(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/rss+xml; charset=UTF-8")
	_, _ = w.Write(sampleFeed)
}

// A demo plays a conversation and counts what came out otherwise than expected.
type demo struct {
	world
	once       bool
	now        func() time.Time
	steps      int
	unexpected int
}

func (d *demo) run(ctx context.Context, skill config.Skill, conversation []step) (err error) {
	book, err := phrases.Load()
	if err != nil {
		return err
	}
	b, err := newTransientBlog(ctx, skill, userAgent(""), book, d.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.archive.Close()) }()
	if err := b.refresher.Poll(ctx); err != nil {
		return err
	}
	s, err := newStage(ctx, d.world, b, d.now)
	if err != nil {
		return err
	}
	err = d.play(ctx, s, conversation)
	if err == nil && !d.once {
		err = d.stay(ctx, s)
	}
	return errors.Join(err, s.leave())
}

// stay waits for the end, and lets "skill check" be Alexa in the meantime.
func (d *demo) stay(ctx context.Context, s *stage) (err error) {
	key, err := keyOf(s)
	if err != nil {
		return err
	}
	file, err := key.save()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file)) }()
	d.printf("The server stays up at %s: whatever you send there, unsigned, gets its 400. Ctrl-C ends it.\n", s.url)
	d.printf("Examine it as Amazon's certification does: skill check --url %s --demo-key %s\n", s.url, file)
	<-ctx.Done()
	return nil
}

func (d *demo) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(d.stdout, format, args...)
}

// play goes through the conversation, and through the forgeries.
func (d *demo) play(ctx context.Context, s *stage, conversation []step) error {
	status := s.blog.refresher.Status()
	d.printf("The blog %q has %d posts. It is %s.\n", s.blog.skill.InvocationName, status.Posts, d.now().Format("Monday, 2 January 2006"))
	d.printf("The real server listens on %s. Alexa is played, her signatures are real.\n\n", s.url)
	dialogue := &dialogue{stage: s, out: d.stdout}
	for _, step := range conversation {
		if err := d.converse(ctx, dialogue, step); err != nil {
			return err
		}
	}
	for _, forgery := range forgeries() {
		if err := d.forge(ctx, s, forgery); err != nil {
			return err
		}
	}
	if d.unexpected > 0 {
		d.printf("%d of %d answers came out otherwise than expected.\n", d.unexpected, d.steps)
		return errReported
	}
	d.printf("All %d answers came out as expected.\n", d.steps)
	return nil
}

func (d *demo) converse(ctx context.Context, dialogue *dialogue, step step) error {
	d.printf("%s\n", step.title)
	if err := dialogue.send(ctx, step.say); err != nil {
		return err
	}
	d.expect(dialogue.last.status == http.StatusOK && step.expected(dialogue.last), "%s", step.want)
	return nil
}

func (d *demo) forge(ctx context.Context, s *stage, f forgery) error {
	header, body, err := f.make(s)
	if err != nil {
		return err
	}
	answer, err := s.post(ctx, header, body)
	if err != nil {
		return err
	}
	d.printf("Forged: %s\n  %d %s\n", f.title, answer.status, answer.message)
	d.expect(answer.status == http.StatusBadRequest && answer.message == f.rule.Error(), "400 %s", f.rule.Error())
	return nil
}

// expect counts an answer and says what should have come where it is another.
func (d *demo) expect(met bool, want string, args ...any) {
	d.steps++
	if !met {
		d.unexpected++
		d.printf("  UNEXPECTED, should be: "+want+"\n", args...)
	}
	d.printf("\n")
}
