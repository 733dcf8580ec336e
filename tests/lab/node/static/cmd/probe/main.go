// Command probe serves a word on port 8080, or fetches what is at a URL and prints it:
//
//	probe [URL]
package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	if len(os.Args) == 1 {
		log.Fatal(http.ListenAndServe(":8080", http.HandlerFunc(answer)))
	}
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Get(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(os.Stdout, response.Body); err != nil {
		log.Fatal(err)
	}
}

func answer(writer http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(writer, "served by a pod")
}
