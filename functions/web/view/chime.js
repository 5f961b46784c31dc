// @ts-check

const NOTES = [660, 880];
/** @type {AudioContext | undefined} */
let audio;

/** Two short notes. A browser lets a page be heard only after its user touched it. */
export function chime() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") void audio.resume();
  for (const [n, frequency] of NOTES.entries())
    note(audio, frequency, audio.currentTime + n * 0.14);
}

/**
 * @param {AudioContext} on
 * @param {number} frequency
 * @param {number} at
 */
function note(on, frequency, at) {
  const tone = new OscillatorNode(on, { frequency });
  const volume = new GainNode(on, { gain: 0 });
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.16, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
  tone.connect(volume).connect(on.destination);
  tone.start(at);
  tone.stop(at + 0.32);
}
