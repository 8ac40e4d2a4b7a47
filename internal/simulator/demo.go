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

// A DemoRunner runs a conversation and forged requests, prints them, and counts unexpected responses.
type DemoRunner struct {
	Out        io.Writer
	Unexpected int

	steps int
}

// Run sends the conversation and then the forged requests.
func (d *DemoRunner) Run(ctx context.Context, device *SimulatedDevice, conversation []DemoStep) error {
	textSession := &TextSession{SimulatedDevice: *device, Out: d.Out}
	for _, step := range conversation {
		d.printf("%s\n", step.Title)
		response, err := textSession.SendRequest(ctx, step.Request)
		if err != nil {
			return err
		}
		d.countAnswer(response.Status == http.StatusOK && step.matches(response), step.Want)
	}
	for _, forgery := range demoForgeries() {
		if err := d.runForgery(ctx, device.Client, forgery); err != nil {
			return err
		}
	}
	if d.Unexpected > 0 {
		d.printf("%d of %d answers were not as expected.\n", d.Unexpected, d.steps)
	} else {
		d.printf("All %d answers were as expected.\n", d.steps)
	}
	return nil
}

func (d *DemoRunner) runForgery(ctx context.Context, c *SigningClient, f ForgedRequest) error {
	header, body, err := f.Build(c)
	if err != nil {
		return err
	}
	answer, err := c.postRaw(ctx, header, body)
	if err != nil {
		return err
	}
	d.printf("Forged: %s\n  %d %s\n", f.Title, answer.Status, answer.Message)
	d.countAnswer(answer.Status == http.StatusBadRequest && answer.Message == f.rule.Error(), "400 "+f.rule.Error())
	return nil
}

// countAnswer counts a response, and prints the expected one if it differs.
func (d *DemoRunner) countAnswer(asExpected bool, want string) {
	d.steps++
	if !asExpected {
		d.Unexpected++
		d.printf("  UNEXPECTED, want: %s\n", want)
	}
	d.printf("\n")
}

func (d *DemoRunner) printf(format string, args ...any) { _, _ = fmt.Fprintf(d.Out, format, args...) }

// A TextSession prints a typed conversation with a device.
type TextSession struct {
	SimulatedDevice
	Out io.Writer
}

// Converse sends each input line as an utterance until the input ends. It first sends words, or opens the skill if
// words is empty.
func (d *TextSession) Converse(ctx context.Context, in io.Reader, words string) error {
	_, _ = fmt.Fprintln(d.Out, "Type what you would say to Alexa. An empty line is a silence. Ctrl-D exits.")
	if words == "" {
		words = "open " + d.Skill.InvocationName
	}
	_, _ = fmt.Fprintf(d.Out, "You: %s\n", words)
	if err := d.SendWords(ctx, words); err != nil {
		return err
	}
	lines, failure := readLines(ctx, in)
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
			if !isTerminal(in) { // a terminal shows the line while it is typed
				_, _ = fmt.Fprintln(d.Out, line)
			}
			if err := d.handleLine(ctx, strings.TrimSpace(line)); err != nil {
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

// readLines returns the lines of an input. After the last line, the returned function reports a read error, such as a
// line over 64 KiB. The goroutine ends with the input or the process, because a read from a terminal cannot be
// canceled.
func readLines(ctx context.Context, in io.Reader) (lines <-chan string, failure func() error) {
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
			return fmt.Errorf("read utterance: %w", err)
		}
		return nil
	}
}

// handleLine handles one input line. An empty line is a silence.
func (d *TextSession) handleLine(ctx context.Context, line string) error {
	if line != "" {
		return d.SendWords(ctx, line)
	}
	if reprompt, open := d.PendingReprompt(); open {
		_, _ = fmt.Fprintf(d.Out, "  Alexa: %s\n", reprompt)
	} else {
		_, _ = fmt.Fprintln(d.Out, "  (the session is closed; your next words begin a new one)")
	}
	return nil
}

// SendWords converts words to the request of Alexa, sends it, and prints the response.
func (d *TextSession) SendWords(ctx context.Context, words string) error {
	request, heard, err := d.InterpretWords(ctx, words)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(d.Out, "  heard: %s\n", heard)
	_, err = d.SendRequest(ctx, request)
	return err
}

// SendRequest sends a request and prints the response.
func (d *TextSession) SendRequest(ctx context.Context, request SkillRequest) (SkillResponse, error) {
	response, err := d.Send(ctx, request)
	if err == nil {
		response.printTo(d.Out)
	}
	return response, err
}
