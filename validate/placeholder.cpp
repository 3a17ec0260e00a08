namespace anesim {}
