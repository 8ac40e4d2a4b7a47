package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/phrases"
	"lastpost/internal/simulator"
)

func newDemo(env environment) *cobra.Command {
	var feed string
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a simulated conversation with the real server",
		Long: `Run a simulated conversation with the real server on this machine. It works without an account, domain, certificate or
network. The requests are signed with a certificate authority that is created for this run. Some requests are forged.
The exit status is 0 if all answers are as expected. Without --once the server keeps running until it is interrupted.`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if feed == "" {
				return runSampleDemo(cmd.Context(), env, once)
			}
			d := &demoRun{environment: env, once: once, now: time.Now}
			return d.playAndServe(cmd.Context(), adHocSkill(feed), simulator.GenericConversation())
		},
	}
	cmd.Flags().StringVar(&feed, "feed", "", "`URL` of a feed or page to use instead of the sample blog")
	cmd.Flags().BoolVar(&once, "once", false, "exit after the conversation")
	return cmd
}

// runSampleDemo serves the sample blog on loopback and runs the demo with it.
func runSampleDemo(ctx context.Context, env environment, once bool) error {
	publisher := httptest.NewServer(http.HandlerFunc(simulator.ServeSampleFeed))
	defer publisher.Close()
	began := time.Now()
	d := &demoRun{environment: env, once: once, now: func() time.Time { return simulator.SampleTime().Add(time.Since(began)) }}
	skill := adHocSkill(publisher.URL + "/feed/")
	skill.InvocationName = "half elf"
	return d.playAndServe(ctx, skill, simulator.SampleConversation())
}

// A demoRun is one run of "skill demo".
type demoRun struct {
	environment
	once bool
	now  func() time.Time
}

func (d *demoRun) playAndServe(ctx context.Context, skill config.Skill, conversation []simulator.DemoStep) (err error) {
	book, err := phrases.Load()
	if err != nil {
		return err
	}
	b, err := assembly.NewTransientBlog(ctx, skill, assembly.UserAgent(""), book, d.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Archive.Close()) }()
	if err := b.Refresher.Poll(ctx); err != nil {
		return assembly.WithRemedy(err)
	}
	s, err := simulator.StartLocalServer(ctx, b.ServerSkill(), assembly.Version(), d.now)
	if err != nil {
		return err
	}
	s.Observe = d.onExchange
	err = d.playConversation(ctx, s, b, conversation)
	if err == nil && !d.once {
		err = d.serveUntilDone(ctx, s)
	}
	return errors.Join(err, s.Stop())
}

// playConversation runs the conversation and the forged requests.
func (d *demoRun) playConversation(
	ctx context.Context, s *simulator.LocalServer, b *assembly.Blog, conversation []simulator.DemoStep,
) error {
	d.printf("The blog %q has %d posts. Today is %s.\n", b.Skill.InvocationName, b.Refresher.Status().Posts,
		d.now().Format("Monday, 2 January 2006"))
	d.printf("The real server listens on %s. Alexa is simulated; its signatures are real.\n\n", s.URL)
	device := b.NewDevice(&s.SigningClient, "en-US")
	runner := &simulator.DemoRunner{Out: d.stdout}
	if err := runner.Run(ctx, &device, conversation); err != nil {
		return err
	}
	if runner.Unexpected > 0 {
		return errReported
	}
	return nil
}

// serveUntilDone keeps the server running until ctx ends. Meanwhile "skill check" can use its key.
func (d *demoRun) serveUntilDone(ctx context.Context, s *simulator.LocalServer) (err error) {
	file, err := s.SaveDemoKey()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file)) }()
	d.printf("The server keeps running at %s and answers unsigned requests with 400. Press Ctrl-C to stop it.\n", s.URL)
	d.printf("To test it like Amazon's certification: %s check --url %s --demo-key %s\n", cmp.Or(d.name, plainName), s.URL, file)
	<-ctx.Done()
	return nil
}

func (d *demoRun) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(d.stdout, format, args...)
}
