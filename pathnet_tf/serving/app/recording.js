import { ask, byId, say } from "./page.js";

const MOST_SECONDS = 10;
// Faces in larger pictures are cut out as small, and take longer to find.
const CAMERA = { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "user" };

async function open(device, wanted) {
  if (!navigator.mediaDevices)
    throw new Error(`Browsers give the ${device} only to pages at localhost or over https. ` +
      "Start the program without --host, open its page on the same computer, or drop a file.");
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (error) {
    throw new Error(whyNot(device, error.name));
  }
}

function whyNot(device, name) {
  switch (name) {
    case "NotAllowedError":
      return `The ${device} was refused: allow it for this page in the browser, or drop a file.`;
    case "NotFoundError":
      return `No ${device} was found: connect one and try again, or drop a file.`;
    case "NotReadableError":
      return `The ${device} does not answer: close other programs that use it and try again, ` +
        "or drop a file.";
    default:
      return `The ${device} cannot be used (${name}): try another browser, or drop a file.`;
  }
}

function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

// Starts to record. Once the recorder is stopped, `done` gives the file.
function record(stream, name) {
  const recorder = new MediaRecorder(stream);
  const parts = [];
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  const done = new Promise((resolve) => recorder.addEventListener("stop", () =>
    resolve(new File(parts, name, { type: recorder.mimeType }))));
  recorder.start();
  return { recorder, done };
}

function useMicrophone() {
  const button = byId("record");
  let recorder = null;
  let isOpening = false;
  button.addEventListener("click", async () => {
    if (recorder) return recorder.stop();
    if (isOpening) return;
    isOpening = true;
    let stream = null;
    try {
      stream = await open("microphone", { audio: true });
      const recording = record(stream, "recording");
      recorder = recording.recorder;
      button.textContent = "Stop";
      say("Recording …");
      ask(await recording.done);
    } catch (error) {
      say(error.message, true);
    } finally {
      if (stream) stopTracks(stream);
      recorder = null;
      isOpening = false;
      button.textContent = "Record";
    }
  });
}

function useCamera() {
  const preview = byId("preview");
  let stream = null;
  let recorder = null;
  let isOpening = false;

  function close(text, isBad) {
    stopTracks(stream);
    stream = recorder = preview.srcObject = null;
    byId("camera").hidden = true;
    byId("closed").hidden = false;
    byId("open").focus();
    say(text, isBad);
  }

  function showRecording(isRecording) {
    byId("clock").hidden = !isRecording;
    byId("snap").hidden = isRecording;
    byId("film").textContent = isRecording ? "Stop and look at it" : "Record a video";
  }

  byId("open").addEventListener("click", async () => {
    if (isOpening) return;
    isOpening = true;
    say("Opening the camera; the browser may ask whether this page may use it.");
    try {
      stream = await open("camera", { video: CAMERA });
      // Pulled out, or taken away by the browser; not by `stopTracks`.
      stream.getVideoTracks()[0].addEventListener("ended", () =>
        close("The camera has stopped: connect it and try again, or drop a file.", true));
      preview.srcObject = stream;
      await preview.play();
      showRecording(false);
      byId("closed").hidden = true;
      byId("camera").hidden = false;
      byId("snap").focus();
      say("The camera is open.");
    } catch (error) {
      if (stream) close(error.message, true);
      else say(error.message, true);
    } finally {
      isOpening = false;
    }
  });

  byId("snap").addEventListener("click", () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [preview.videoWidth, preview.videoHeight];
    // As others see the face, not mirrored as in the preview.
    canvas.getContext("2d").drawImage(preview, 0, 0);
    close("");
    canvas.toBlob((blob) => ask(new File([blob], "Picture from the camera")),
      "image/jpeg", 0.95);
  });

  byId("film").addEventListener("click", async () => {
    if (recorder) return recorder.stop();
    let recording;
    try {
      recording = record(stream, "Video from the camera");
    } catch (error) {
      return say(`This browser cannot record video (${error.name}): take a picture.`, true);
    }
    const own = recording.recorder;
    recorder = own;
    showRecording(true);
    byId("film").focus();
    say(`Recording; it stops by itself after ${MOST_SECONDS} seconds.`);
    const start = performance.now();
    const tick = () => {
      const seconds = Math.floor((performance.now() - start) / 1000);
      byId("clock").textContent = `${seconds} of ${MOST_SECONDS} s`;
      if (seconds >= MOST_SECONDS && own.state === "recording") own.stop();
    };
    tick();
    const timer = setInterval(tick, 100);
    const file = await recording.done;
    clearInterval(timer);
    // Closing the camera gives the recording up.
    if (recorder !== own) return;
    close("");
    ask(file);
  });

  byId("close").addEventListener("click", () => close("The camera is closed."));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && stream) close("The camera is closed.");
  });
}

if (byId("record")) useMicrophone();
if (byId("open")) useCamera();
