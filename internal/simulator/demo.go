package simulator

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// A Demo plays a conversation and forgeries, prints them, and counts the answers that were not expected.
type Demo struct {
	Out        io.Writer
	Unexpected int

	steps int
}

// Play goes through the conversation with a device, and through the forgeries.
func (d *Demo) Play(ctx context.Context, device *Device, conversation []Step) error {
	dialogue := &Dialogue{Device: *device, Out: d.Out}
	for _, step := range conversation {
		d.printf("%s\n", step.Title)
		reply, err := dialogue.Ask(ctx, step.Ask)
		if err != nil {
			return err
		}
		d.expect(reply.Status == http.StatusOK && step.expected(reply), step.Want)
	}
	for _, forgery := range forgeries() {
		if err := d.forge(ctx, device.Client, forgery); err != nil {
			return err
		}
	}
	if d.Unexpected > 0 {
		d.printf("%d of %d answers came out otherwise than expected.\n", d.Unexpected, d.steps)
	} else {
		d.printf("All %d answers came out as expected.\n", d.steps)
	}
	return nil
}

func (d *Demo) forge(ctx context.Context, c *Client, f Forgery) error {
	header, body, err := f.Make(c)
	if err != nil {
		return err
	}
	answer, err := c.post(ctx, header, body)
	if err != nil {
		return err
	}
	d.printf("Forged: %s\n  %d %s\n", f.Title, answer.Status, answer.Message)
	d.expect(answer.Status == http.StatusBadRequest && answer.Message == f.rule.Error(), "400 "+f.rule.Error())
	return nil
}

// expect counts an answer, and prints the expected one if it is another.
func (d *Demo) expect(met bool, want string) {
	d.steps++
	if !met {
		d.Unexpected++
		d.printf("  UNEXPECTED, should be: %s\n", want)
	}
	d.printf("\n")
}

func (d *Demo) printf(format string, args ...any) { _, _ = fmt.Fprintf(d.Out, format, args...) }

// A Dialogue prints what is said to a device, and what it answers.
type Dialogue struct {
	Device
	Out io.Writer
}

// Hold talks until the input ends: it opens the skill, unless there are words to begin with, and takes each line as what
// is said next.
func (d *Dialogue) Hold(ctx context.Context, in io.Reader, words string) error {
	_, _ = fmt.Fprintln(d.Out, "Say what you would say to Alexa; an empty line is a silence, Ctrl-D leaves.")
	if words == "" {
		words = "open " + d.Skill.InvocationName
	}
	_, _ = fmt.Fprintf(d.Out, "You: %s\n", words)
	if err := d.Say(ctx, words); err != nil {
		return err
	}
	lines, failure := typed(ctx, in)
	for {
		_, _ = fmt.Fprint(d.Out, "You: ")
		select {
		case <-ctx.Done():
			_, _ = fmt.Fprintln(d.Out)
			return nil
		case line, ok := <-lines:
			if !ok {
				_, _ = fmt.Fprintln(d.Out)
				return failure()
			}
			if !isTerminal(in) { // where it is one, the line stands there already
				_, _ = fmt.Fprintln(d.Out, line)
			}
			if err := d.next(ctx, strings.TrimSpace(line)); err != nil {
				return err
			}
		}
	}
}

func isTerminal(in io.Reader) bool {
	file, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// typed gives the lines of an input, and once they are at their end what ended them before the input did: a line of more
// than 64 KiB, say. Its goroutine ends with the input, or with the process: nothing ends the reading of a terminal.
func typed(ctx context.Context, in io.Reader) (lines <-chan string, failure func() error) {
	typed, scanner := make(chan string), bufio.NewScanner(in)
	go func() {
		defer close(typed)
		for scanner.Scan() {
			select {
			case typed <- scanner.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return typed, func() error {
		if err := scanner.Err(); err != nil {
			return fmt.Errorf("reading what you say: %w", err)
		}
		return nil
	}
}

// next takes one line.
func (d *Dialogue) next(ctx context.Context, line string) error {
	if line != "" {
		return d.Say(ctx, line)
	}
	if reprompt, open := d.Silence(); open {
		_, _ = fmt.Fprintf(d.Out, "  Alexa: %s\n", reprompt)
	} else {
		_, _ = fmt.Fprintln(d.Out, "  (nobody listens; what you say next begins a new session)")
	}
	return nil
}

// Say makes of words the request that Alexa would send, and prints the answer.
func (d *Dialogue) Say(ctx context.Context, words string) error {
	asked, heard, err := d.Understand(ctx, words)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(d.Out, "  heard: %s\n", heard)
	_, err = d.Ask(ctx, asked)
	return err
}

// Ask sends a request, and prints the answer.
func (d *Dialogue) Ask(ctx context.Context, asked Request) (Reply, error) {
	reply, err := d.Send(ctx, asked)
	if err == nil {
		reply.print(d.Out)
	}
	return reply, err
}
