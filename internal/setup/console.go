package setup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
)

// A console asks questions, one line each.
type console struct {
	ctx        context.Context // ends the wait for an answer; used only during Run
	out        io.Writer
	asksNone   bool // takes proposals instead of asking
	isTerminal bool
	answered   bool // the input has had a line
	lines      <-chan string
	failure    func() error
}

func newConsole(ctx context.Context, in io.Reader, out io.Writer, asksNone bool) *console {
	c := &console{ctx: ctx, out: out, asksNone: asksNone, isTerminal: isTerminal(in)}
	if !asksNone {
		c.lines, c.failure = readLines(ctx, in)
	}
	return c
}

// isTerminal reports whether a person may type the input. The null device is a character device too.
func isTerminal(in io.Reader) bool {
	file, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

// readLines returns the lines of an input. After the last line, the returned function reports a read error. The goroutine
// ends with the input or the process, because a read from a terminal cannot be canceled.
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
	return typed, scanner.Err
}

// printf prints a line. Its arguments may come from other servers.
func (c *console) printf(format string, args ...any) {
	_, _ = fmt.Fprintln(c.out, printable(fmt.Sprintf(format, args...)))
}

// printTemplate prints a line of a file of this program as it is, with its tabs.
func (c *console) printTemplate(line string) { _, _ = io.WriteString(c.out, line) }

// printable replaces control characters. Otherwise a hostile feed could send commands to the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// A question is asked until its answer is accepted.
type question struct {
	flag     string // without "--"
	text     string
	proposal string // "": an answer is required
	// judge returns the value of an answer, or its fault as the end of a sentence.
	judge func(answer string) (value, fault string)
	// suggest returns what the user probably meant by a refused answer, or "". Nil means no suggestion.
	suggest func(answer string) string
	// display returns the form of an answer that may be printed. Nil means the answer.
	display func(answer string) string
}

// ask returns the accepted answer: the one that a flag gives, or else one of the input, or else the proposal.
func (c *console) ask(q question, given string) (string, error) {
	if given != "" {
		value, fault := q.judge(given)
		switch {
		case c.ctx.Err() != nil:
			return "", errInterrupted
		case fault != "":
			return "", &FlagError{q.flag, q.describe(given) + " " + fault}
		}
		c.printf("%s: %s", q.text, strings.Trim(q.describe(given), `"`))
		return value, nil
	}
	for {
		answer, err := c.readAnswer(q)
		if err != nil {
			return "", err
		}
		if answer == "" {
			c.printf("An answer is needed.")
			continue
		}
		value, fault := q.judge(answer)
		switch {
		case c.ctx.Err() != nil:
			return "", errInterrupted
		case fault == "":
			return value, nil
		case c.asksNone:
			return "", &FlagError{q.flag, q.describe(answer) + " " + fault}
		}
		c.printf("%s %s", q.describe(answer), endSentence(fault))
		if q.suggest != nil {
			q.proposal = choose(q.suggest(answer), q.proposal)
		}
	}
}

// endSentence adds the period, unless the text ends with a question.
func endSentence(text string) string {
	if strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// excerpt returns the beginning of a long title. Otherwise it fills the screen.
func excerpt(title string) string {
	const most = 80
	if letters := []rune(title); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return title
}

func (q question) describe(answer string) string {
	if q.display != nil {
		return q.display(answer)
	}
	return fmt.Sprintf("%q", answer)
}

// readAnswer returns the next line of the input, or else the proposal.
func (c *console) readAnswer(q question) (string, error) {
	prompt := q.text
	if q.proposal != "" {
		prompt += " [" + q.proposal + "]"
	}
	if !c.asksNone {
		_, _ = fmt.Fprint(c.out, printable(prompt)+": ")
		line, err := c.nextLine()
		if err != nil || !c.asksNone {
			return choose(line, q.proposal), err
		}
	}
	if q.proposal == "" {
		return "", &FlagError{q.flag, "is missing: it does not have a proposal"}
	}
	c.printf("%s: %s", q.text, q.proposal)
	return q.proposal, nil
}

func choose(answer, proposal string) string {
	if answer = strings.TrimSpace(answer); answer != "" {
		return answer
	}
	return proposal
}

// errInterrupted is the error of an interview that the user stopped.
var errInterrupted = errors.New("interrupted; no file was written")

// nextLine returns the next line of the input. If a program gave no input at all, the console asks nothing from now on.
func (c *console) nextLine() (string, error) {
	select {
	case <-c.ctx.Done():
		_, _ = fmt.Fprintln(c.out)
		return "", errInterrupted
	case line, ok := <-c.lines:
		if !c.isTerminal || !ok { // a terminal shows the line and its end while it is typed
			_, _ = fmt.Fprintln(c.out)
		}
		switch {
		case ok:
			c.answered = true
			return line, nil
		case c.failure() != nil:
			return "", fmt.Errorf("read answer: %w; no file was written", c.failure())
		case c.isTerminal || c.answered:
			return "", ErrUnfinished
		}
		c.asksNone = true
		return "", nil
	}
}
